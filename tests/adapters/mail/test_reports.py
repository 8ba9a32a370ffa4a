"""Delivery reports (RFC 3464): the gravest thing one says, and nothing from what is none."""

import pytest

from tcloud.adapters.mail import reports
from tcloud.adapters.mail.reports import Report
from tests.adapters.mail.cases import mail, many_parts, nested


def dsn(
    *recipients: str, kind: str = "delivery-status", head: str = "Reporting-MTA: dns; mx.example"
) -> bytes:
    """A report as mail servers make it; each recipient is its group of fields."""
    groups = "\r\n\r\n".join([head, *recipients])
    return (
        f'From: MAILER-DAEMON@mx.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type={kind}; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain\r\n\r\nsorry\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n{groups}\r\n\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\nAction: failed\r\nStatus: 5.9.9\r\n\r\nbody\r\n--b--\r\n"
    ).encode()


def group(action: str, status: str, recipient: str = "owner@example.tw") -> str:
    return f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}"


@pytest.mark.parametrize(
    ("raw", "report"),
    [
        (dsn(group("failed", "5.1.1")), Report("failed", "5.1.1")),
        (dsn(group("FAILED (really)", "5.1.1 (unknown user)")), Report("failed", "5.1.1")),
        (dsn(group("delayed", "4.4.7")), Report("delayed", "4.4.7")),
        (dsn(group("failed", "4.4.7"), group("failed", "5.2.1")), Report("failed", "5.2.1")),
        (dsn(group("delayed", "4.2.2"), group("failed", "5.1.1")), Report("failed", "5.1.1")),
        (dsn(group("failed", "nonsense")), Report("failed", "")),
        (dsn("action: failed\r\nSTATUS: 5.1.10"), Report("failed", "5.1.10")),
        (dsn(group("delivered", "2.0.0")), None),
        (dsn(group("invented", "5.1.1")), None),
        (dsn(), None),
        (dsn(group("failed", "5.1.1"), kind="disposition-notification"), None),
        (mail("5.1.1 failed").as_bytes(), None),
        (b"", None),
        (b"\xff\x00 no mail", None),
        (nested(40), None),
        (many_parts(3000), None),
    ],
)
def test_read(raw, report):
    assert reports.read(raw) == report
