"""Mails as strangers make them: builders and the hostile ones."""

from email.message import EmailMessage


def mail(
    text: str = "我的點數沒有到。",
    *,
    sender: str = "王小明 <ask@example.tw>",
    to: str = "service@qbicloud.com",
    subject: str = "點數",
    message_id: str = "<1@example.tw>",
    **headers: str,
) -> EmailMessage:
    """A good mail."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    if message_id:
        made["Message-ID"] = message_id
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


def raw(headers: str, body: bytes, *, sender: bytes = b"ask@example.tw") -> bytes:
    """A mail byte by byte."""
    return (
        b"From: <" + sender + b">\r\nMessage-ID: <r@example.tw>\r\n" + headers.encode() + b"\r\n\r\n" + body
    )


def nested(depth: int) -> bytes:
    """Multiparts in multiparts."""
    head = b"From: <a@example.tw>\r\nMIME-Version: 1.0\r\n"
    body = b""
    for level in range(depth):
        body += b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level)
    return head + body + b"Content-Type: text/plain\r\n\r\ndeep\r\n"


def many_parts(count: int) -> bytes:
    """One multipart with very many parts."""
    part = b"--x\r\nContent-Type: text/plain\r\n\r\np\r\n"
    return (
        b'From: <a@example.tw>\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n'
        + part * count
        + b"--x--\r\n"
    )
