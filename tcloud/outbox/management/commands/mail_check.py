"""`manage.py mail_check`: what is configured for letters that go out, the DNS records that belong to it, and a signed sample verified."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage

from tcloud.adapters.mail import keys, signing
from tcloud.core.management.operator import OperatorCommand
from tcloud.outbox.checks import sender_domain, signatures


class Command(OperatorCommand):
    help = "Say how letters go out, which DNS records they need, and whether a signed sample verifies. Exit 1 when something is wrong."

    def answer(self, **options: Any) -> tuple[dict[str, Any], int]:
        problems = [str(found.msg) for found in signatures()]
        try:
            found = keys.configured(settings.DKIM)
        except keys.Misconfigured:
            found = ()
        raw = signing.signed(_sample(), found)
        signed_by = [
            {
                "selector": key.selector,
                "algorithm": key.algorithm,
                "verifies": signing.verifies(raw, key, number),
            }
            for number, key in enumerate(found)
        ]
        document = {
            "server": f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}",
            "starttls": settings.EMAIL_USE_TLS,
            "signs_in": bool(settings.EMAIL_HOST_USER),
            "from": settings.DEFAULT_FROM_EMAIL,
            "mail_in": f"{settings.MAIL_IN_HOST}:{settings.MAIL_IN_PORT}",
            "dkim": signed_by or "off",
            "dns": _records(found),
            "problems": problems,
        }
        wrong = problems or not all(row["verifies"] for row in signed_by)
        return document, 1 if wrong else 0


def _sample() -> bytes:
    message = EmailMessage(
        "測試信",
        "這封信只用來檢查簽章，沒有寄出。",
        to=["nobody@example.com"],
        headers={"List-Unsubscribe": "<https://example.com/>"},
    )
    return bytes(message.message().as_bytes(linesep="\r\n"))  # type: ignore[call-arg]  # Django's own has it


def _records(found: tuple[keys.Key, ...]) -> list[dict[str, str]]:
    """What to publish; SPF names the servers that send, which only the operator knows."""
    domain = sender_domain()
    return [
        *({"name": key.name, "type": "TXT", "value": key.record} for key in found),
        {"name": domain, "type": "TXT", "value": "v=spf1 mx -all"},
        {
            "name": f"_dmarc.{domain}", "type": "TXT",
            "value": f"v=DMARC1; p=quarantine; adkim=r; aspf=r; rua=mailto:postmaster@{domain}",
        },
    ]  # fmt: skip
