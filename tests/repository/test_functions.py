"""The database's functions are what their files say: a changed file needs a migration that installs it again."""

import re

import pytest
from django.db import connection

from tests.repository.sources import ROOT

FILES = sorted((ROOT / "tcloud").glob("*/sql/*.sql"))


@pytest.mark.django_db
@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.parent.name}/{file.stem}")
def test_function_is_installed_as_its_file_says(file):
    text = file.read_text(encoding="utf-8")
    name = f"{file.parent.parent.name}_{file.stem}"
    assert re.search(rf"^CREATE OR REPLACE FUNCTION {name}\(", text, re.M)
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [name])
        assert cursor.fetchall() == [(text.split("$$")[1],)], "install it again by a migration"


def test_there_are_functions():
    assert len(FILES) >= 9
