"""Files of strangers: read when they are the message, refused with a reason when they are not (R-24)."""

import pytest

from tcloud.adapters.mig import messages
from tcloud.adapters.mig.port import Unreadable
from tcloud.adapters.mig.xml import MOST_BYTES

HEAD = '<Invoice xmlns="urn:GEINV:eInvoiceMessage:F0401:4.1">'
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x SYSTEM "http://evil.test/x.dtd">'
FILE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_xml"),
        (b"%PDF-1.7", "not_xml"),
        (HEAD.encode(), "not_xml"),
        (b'<?xml version="1.0" encoding="big5"?><a>\xa4\xa4</a>', "not_xml"),
        (f"{BOMB}{HEAD}&b;</Invoice>".encode(), "doctype"),
        (f"{OUTSIDE}{HEAD}</Invoice>".encode(), "doctype"),
        (f"{FILE}{HEAD}&f;</Invoice>".encode(), "doctype"),
        (f"{HEAD}&nothing;</Invoice>".encode(), "not_xml"),
        (b"<a>" + b" " * MOST_BYTES + b"</a>", "too_large"),
        (b"<a>" * 20 + b"</a>" * 20, "too_large"),
        (b"<a>" + b"<b/>" * 6000 + b"</a>", "too_large"),
        (b"<Invoice/>", "message"),
        (b'<Invoice xmlns="urn:GEINV:eInvoiceMessage:F0401:4.0"/>', "message"),
        (b'<CancelInvoice xmlns="urn:GEINV:eInvoiceMessage:F0501:4.1"/>', "message"),
        (f"{HEAD}</Invoice>".encode(), "missing"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[:40],
)
def test_what_is_no_such_message_is_refused(content, code):
    with pytest.raises(Unreadable) as refused:
        messages.f0401(content)
    assert refused.value.code == code
