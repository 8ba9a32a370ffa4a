"""What became of a gateway's message is told in words."""

import re
from pathlib import Path

import tcloud
from tcloud.web.ui.templatetags.payments import VERDICTS, verdict_words

CODE = Path(tcloud.__file__).parent
SAID = re.compile(r'(?:return|verdict =|else|Final =|_mismatch\(|PaymentOutcome\.\w+,|lines = \() ?"(\w+)"')


def test_every_verdict_has_words():
    said: set[str] = set()
    for name in ("orders/operations/paying.py", "orders/operations/codes.py", "payments/rules.py"):
        said |= set(SAID.findall((CODE / name).read_text(encoding="utf-8")))
    assert {"paid", "to_refund", "forged", "amount", "repeated", "codes", "simulated"} <= said
    assert said <= set(VERDICTS), said - set(VERDICTS)
    assert verdict_words("paid") == "付款成立"
