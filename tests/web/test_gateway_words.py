"""What became of a gateway's message is told in words."""

import re
from pathlib import Path

import tcloud
from tcloud.web.ui.templatetags.payments import VERDICTS, verdict_words

CODE = Path(tcloud.__file__).parent
SAID = re.compile(r'(?:return|verdict =|NO_CALENDAR: Final =) "(\w+)"|"(\w+)" if |else "(\w+)"')
JUDGED = re.compile(r'(?:_mismatch\(|PaymentOutcome\.\w+, |lines = \()"(\w+)"')


def test_every_verdict_has_words():
    said = set()
    for name, pattern in (
        ("orders/operations/paying.py", SAID),
        ("orders/operations/codes.py", SAID),
        ("payments/rules.py", JUDGED),
    ):
        found = pattern.findall((CODE / name).read_text(encoding="utf-8"))
        said |= {word for words in found for word in ((words,) if isinstance(words, str) else words) if word}
    assert {"paid", "to_refund", "forged", "amount", "repeated", "codes", "simulated"} <= said
    assert said <= set(VERDICTS), said - set(VERDICTS)
    assert verdict_words("paid") == "付款成立"
