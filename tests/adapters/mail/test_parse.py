"""What a mail says, whoever made it: charsets, quotations, attachments, machines; and what nobody of good will makes."""

import pytest

from tcloud.adapters.mail import Unreadable, parse
from tests.adapters.mail.cases import mail, many_parts, nested, raw

BIG5 = "我的點數沒有到，請問宏碁企業社怎麼辦？"


def read(content, sender="ask@example.tw"):
    return parse.read(content if isinstance(content, bytes) else content.as_bytes(), sender=sender)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit", BIG5.encode()),
        (
            "Content-Type: text/plain; charset=big5\r\nContent-Transfer-Encoding: 8bit",
            BIG5.encode("big5hkscs"),
        ),
        ("Content-Type: text/plain; charset=big5", BIG5.encode()),  # not what it says
        ("Content-Type: text/plain; charset=us-ascii", BIG5.encode("cp950")),
        ("Content-Type: text/plain; charset=no-such-charset", BIG5.encode()),
        ("Content-Type: text/plain", BIG5.encode("big5hkscs")),
        ("Subject: x", BIG5.encode()),
        ("Content-Type: text/plain; charset=big5", "我的點數沒有到，請問宏碁企業社怎麼辦？".encode("cp950")),
        (
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable",
            "".join(f"={byte:02X}" for byte in BIG5.encode()).encode(),
        ),
        ("Content-Type: text/html; charset=utf-8", f"<p>{BIG5}</p><script>alert(1)</script>".encode()),
        ("Content-Type: text/html; charset=utf-8", f"<style>p{{}}</style><div>{BIG5}".encode()),
        ("Content-Type: multipart/mixed", BIG5.encode()),  # a multipart without parts
        ("Content-Transfer-Encoding: x-unheard-of", BIG5.encode()),
    ],
)
def test_text_is_read_whatever_its_charset(headers, body):
    said = read(raw(headers, body))
    assert said.text == BIG5 or (headers == "Content-Type: multipart/mixed" and said.text == "")


def test_characters_of_hong_kong_are_read():
    assert read(raw("Content-Type: text/plain; charset=big5", "王堃".encode("big5hkscs"))).text == "王堃"


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("=?utf-8?B?6bue5pW4?=", "點數"),
        ("=?big5?B?wkm8xg==?=", "點數"),
        ("=?utf-8?Q?a=0D=0ABcc:_victim@example.tw?=", "a Bcc: victim@example.tw"),  # no new header
        ("=?utf-8?B?broken", "=?utf-8?B?broken"),
        ("=?utf-8?Q?=E2=80=AEgnp.exe?=", "\u202egnp.exe"),
        ("a\r\n b", "a b"),
    ],
)
def test_subject_is_one_line(subject, shown):
    said = read(raw(f"Subject: {subject}", b"x"))
    assert said.subject == shown
    assert "\n" not in said.subject
    assert "\r" not in said.subject


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        ("Ask <Ask@Example.TW>", "ask@example.tw"),
        ("a@example.tw, b@example.tw", ""),
        ("=?utf-8?Q?victim=40example.tw_=3C?= <real@example.tw>", "real@example.tw"),
        ("nobody", ""),
        ("a@example.tw\r\nFrom: b@example.tw", ""),
        ("<a@b>", ""),
    ],
)
def test_sender_is_exactly_one_good_address(sender, address):
    assert read(f"From: {sender}\r\n\r\nx".encode()).from_email == address


@pytest.mark.parametrize(
    ("text", "own", "quoted"),
    [
        ("謝謝。\n\n> 舊信", "謝謝。", "> 舊信"),
        ("好。\n\n客服 於 2027年1月15日 週五 上午10:00寫道：\n> 舊信", "好。", "客服 於 2027年1月15日 週五 上午10:00寫道：\n> 舊信"),
        ("Yes.\n\nOn Fri, 15 Jan 2027 at 10:00, A\n<a@b.tw> wrote:\n> old", "Yes.", "On Fri, 15 Jan 2027 at 10:00, A\n<a@b.tw> wrote:\n> old"),
        ("好。\n\n寄件者: 客服\n寄件日期: 2027年1月15日\n舊信", "好。", "寄件者: 客服\n寄件日期: 2027年1月15日\n舊信"),
        ("好。\n-----原始郵件-----\n舊信", "好。", "-----原始郵件-----\n舊信"),
        ("> 問一\n答一\n> 問二\n答二", "答一\n答二", "> 問一\n> 問二"),
        ("> 只有引文", "> 只有引文", ""),
        ("寄件者：是我，請問怎麼辦？", "寄件者：是我，請問怎麼辦？", ""),
    ],
)  # fmt: skip
def test_quotation_is_told_from_what_was_written(text, own, quoted):
    said = read(mail(text))
    assert (said.text, said.quoted) == (own, quoted)


def test_html_alone_becomes_text_with_its_links_and_quotation():
    said = read(raw(
        "Content-Type: text/html",
        '<p>請看 <a href="https://a.tw/x">這裡</a></p><blockquote><p>舊信</p></blockquote><img src="http://spy.tw">'.encode(),
    ))  # fmt: skip
    assert said.text == "請看 這裡 (https://a.tw/x)"
    assert said.quoted == "> 舊信"


def test_plain_alternative_wins_and_files_keep_their_names():
    made = mail("文字")
    made.add_alternative("<p>HTML</p>", subtype="html")
    made.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="契約.pdf")
    made.add_attachment("內容".encode(), maintype="text", subtype="plain", filename="../../etc/passwd")
    forwarded = mail("別人的信")
    made.add_attachment(forwarded)
    said = read(made)
    assert said.text == "文字"
    names = [name for name, _content in said.files]
    assert names[:2] == ["契約.pdf", "../../etc/passwd"]
    assert names[2].endswith(".eml")
    assert "別人的信" not in said.text


@pytest.mark.parametrize(
    ("headers", "sender", "automatic", "bounce"),
    [
        ({}, "ask@example.tw", False, False),
        ({"Auto_Submitted": "no"}, "ask@example.tw", False, False),
        ({"Auto_Submitted": "auto-replied"}, "ask@example.tw", True, False),
        ({"Precedence": "bulk"}, "ask@example.tw", True, False),
        ({"List_Id": "<news.example.tw>"}, "ask@example.tw", True, False),
        ({"X_Auto_Response_Suppress": "All"}, "ask@example.tw", True, False),
        ({}, "", True, True),
    ],
)
def test_machines_are_known(headers, sender, automatic, bounce):
    said = read(mail(**headers), sender=sender)
    assert (said.is_automatic, said.is_bounce) == (automatic, bounce)


@pytest.mark.parametrize(
    "sender", ["MAILER-DAEMON@example.tw", "no-reply@example.tw", "postmaster@example.tw"]
)
def test_addresses_of_machines_are_known(sender):
    assert read(mail(sender=sender)).is_automatic


@pytest.mark.parametrize(
    "content", [nested(40), nested(3000), many_parts(200), b"x" * (parse.MOST_BYTES + 1)]
)
def test_no_program_of_good_will_makes_these(content):
    with pytest.raises(Unreadable):
        read(content)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff" * 50, b"From: a@example.tw", b"\r\n\r\n", b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n", nested(5)],
)  # fmt: skip
def test_rubbish_is_read_without_a_fuss(content):
    said = read(content)
    assert "\x00" not in said.text + said.subject
