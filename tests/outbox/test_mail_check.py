"""`manage.py mail_check`: what is set, which records belong to it, whether a sample verifies."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from tests.adapters.mail.test_signing import BOTH, OFF


def answer() -> dict:
    out = StringIO()
    call_command("mail_check", stdout=out)
    return json.loads(out.getvalue())


def test_says_that_signatures_are_off(settings):
    settings.DKIM = OFF
    said = answer()
    assert (said["dkim"], said["problems"]) == ("off", [])
    assert said["server"] == f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"


def test_prints_the_records_and_verifies_a_sample(settings):
    settings.DKIM = BOTH
    said = answer()
    assert [row["verifies"] for row in said["dkim"]] == [True, True]
    names = [row["name"] for row in said["dns"]]
    assert names == [
        "r._domainkey.tcloud.example",
        "e._domainkey.tcloud.example",
        "tcloud.example",
        "_dmarc.tcloud.example",
    ]
    assert BOTH["rsa_key"] not in json.dumps(said)


def test_fails_when_set_by_half(settings, capsys):
    settings.DKIM = BOTH | {"domain": ""}
    with pytest.raises(SystemExit) as ended:
        answer()
    assert ended.value.code == 1
