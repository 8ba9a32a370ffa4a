"""The mailbox takes what is sent to it and shows it safely."""

import smtplib
from email.message import EmailMessage

import httpx
import pytest

from sandbox.mailbox import linked
from sandbox.world import World


@pytest.fixture(autouse=True)
def _empty(http: httpx.Client) -> None:
    http.delete("/mail/messages.json")


def letter(to: str = "owner@example.com", subject: str = "電子郵件驗證碼") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "臺灣雲市集 <noreply@example.com>"
    message["To"] = to
    message["Subject"] = subject
    message.set_content(
        "您的驗證碼是 482913。\nhttps://example.com/verify?a=1&b=2\n<script>alert(1)</script>"
    )
    message.add_alternative("<p>您的驗證碼是 <b>482913</b></p><script>alert(1)</script>", subtype="html")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="契約.pdf")
    return message


def send(world: World, message: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", world.smtp_port, timeout=10) as smtp:
        smtp.send_message(message)


def test_a_letter_is_read_as_json(world: World, http: httpx.Client) -> None:
    send(world, letter())
    send(world, letter(to="other@example.com"))
    (found,) = http.get("/mail/messages.json", params={"to": "Owner@Example.com"}).json()
    assert found["subject"] == "電子郵件驗證碼"
    assert "482913" in found["text"]
    assert "<b>482913</b>" in found["html"]
    assert found["to"] == ["owner@example.com"]
    assert found["headers"]["From"].startswith("臺灣雲市集")
    assert found["attachments"] == ["契約.pdf"]
    assert found["date"].endswith("+08:00")


def test_only_letters_after_since_id_are_given(world: World, http: httpx.Client) -> None:
    send(world, letter(subject="一"))
    first = http.get("/mail/messages.json").json()[-1]["id"]
    assert http.get("/mail/messages.json", params={"since_id": first}).json() == []
    send(world, letter(subject="二"))
    newer = http.get("/mail/messages.json", params={"since_id": first}).json()
    assert [one["subject"] for one in newer] == ["二"]
    assert http.delete("/mail/messages.json").json() == {"deleted": 2}
    assert http.get("/mail/messages.json").json() == []


def test_pages_list_search_and_show_letters_without_running_them(world: World, http: httpx.Client) -> None:
    send(world, letter())
    assert "電子郵件驗證碼" in http.get("/mail/", params={"q": "owner@"}).text
    assert "沒有符合" in http.get("/mail/", params={"q": "nobody@"}).text
    identity = http.get("/mail/messages.json").json()[0]["id"]
    page = http.get(f"/mail/{identity}").text
    assert "<script>alert" not in page
    assert 'href="https://example.com/verify?a=1&amp;b=2"' in page
    inside = http.get(f"/mail/{identity}/html")
    policy = inside.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert http.get("/mail/999999").status_code == 404


def test_linked_escapes_everything_else() -> None:
    assert str(linked("<b>https://a.tw/x</b>")) == (
        '&lt;b&gt;<a href="https://a.tw/x" rel="noreferrer">https://a.tw/x</a>&lt;/b&gt;'
    )


def test_the_mail_switch_refuses_with_451(world: World, http: httpx.Client) -> None:
    world.switches.set("mail", "fail")
    with pytest.raises(smtplib.SMTPDataError) as refusal:
        send(world, letter())
    assert refusal.value.smtp_code == 451
    assert http.get("/mail/messages.json").json() == []
