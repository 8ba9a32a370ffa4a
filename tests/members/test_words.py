"""Why a card is refused is told in words, in the reader's language (R-09, R-10)."""

import re
from pathlib import Path

import pytest
from django.utils.translation import override

import tcloud
from tcloud.adapters.card.port import reason
from tcloud.members import words
from tests.adapters.card import pki
from tests.english import CHINESE

pytestmark = pytest.mark.rule("R-09")
CODE = Path(tcloud.__file__).parent
SAID = re.compile(r'(?:\breason|Reason|CardDataError)\(\s*"(\w+)"')
DETAILS = {
    "when": pki.AT, "name": "MD5", "certificate": "CN=Card", "numbers": (pki.UBN, pki.OTHER_UBN), "number": pki.UBN,
}  # fmt: skip


def test_every_reason_has_words_in_both_languages():
    files = [*CODE.glob("adapters/card/*.py"), CODE / "contracts/verification.py"]
    said = {code for path in files for code in SAID.findall(path.read_text(encoding="utf-8"))}
    assert {"expired", "ubn_mismatch", "not_cms", "weak_digest", "no_signature_usage", "unreadable"} <= said
    assert said == set(words.SENTENCES)
    for code in said:
        assert words.sentence_of(reason(code, **DETAILS)).endswith("。")
        with override("en"):
            assert not CHINESE.search(words.sentence_of(reason(code, **DETAILS))), code


@pytest.mark.parametrize(
    ("found", "chinese", "english"),
    [
        (reason("expired", when=pki.AT), "憑證已於 民國 116 年 ", "2027, "),
        (reason("weak_digest", name="MD5"), "簽章使用了", "The signature"),
        (reason("weak_digest", name="MD5", certificate="CN=Card"), "憑證（CN=Card）使用了", "(CN=Card)"),
        (reason("ubn_mismatch", numbers=("1", "2")), "（1、2）", "(1, 2)"),
        (reason("not_moeaca_company", kind="GCA"), "（政府機關憑證）", "government"),
        (reason("not_moeaca_company", subject_class="2.16"), "（主體類別 2.16）", "2.16"),
        (reason("not_moeaca_company", issuer="CN=CA"), "（CN=CA）", "(CN=CA)"),
    ],
)
def test_details_stand_in_the_sentence(found, chinese, english):
    assert chinese in words.sentence_of(found)
    with override("en"):
        assert english in words.sentence_of(found)
        assert not CHINESE.search(words.sentence_of(found))


def test_sentences_stand_apart_in_english_only():
    found = [reason("secondary_card"), reason("policy_missing")]
    assert "。 " not in words.sentences_of(found)
    with override("en"):
        assert ". " in words.sentences_of(found)
