"""Why a contract can't be signed or verified is told in words (R-20)."""

import re
from pathlib import Path

import pytest

import tcloud
from tcloud.contracts import words

pytestmark = pytest.mark.rule("R-20")
CODE = Path(tcloud.__file__).parent / "contracts"


def _said(pattern: str, *names: str) -> set[str]:
    return {code for name in names for code in re.findall(pattern, (CODE / name).read_text(encoding="utf-8"))}


def test_every_refusal_of_a_signature_has_words():
    said = _said(r'(?:SigningError|ServiceSilent)\(\s*"(\w+)"', "signing.py", "sealing.py")
    assert said == set(words.REFUSED)


def test_every_problem_of_a_file_has_words():
    said = _said(r'DocumentVerdict\(\(\), "(\w+)"', "verification.py")
    assert said | {"unsigned"} == set(words.PROBLEMS)
