"""System checks of the way out of letters: a signature that is set up by half would make every letter suspicious, or send none."""

from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from tcloud.adapters.mail import keys


@register(Tags.security)
def signatures(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """DKIM is whole or off, and signs for the domain that readers see."""
    hint = "See docs/operations.md, “Letters that go out”; manage.py mail_check shows what is set."
    try:
        found = keys.configured(settings.DKIM)
    except keys.Misconfigured as error:
        return [Error(f"DKIM is configured by half: {error}.", hint=hint, id="tcloud.E080")]
    sender = sender_domain()
    if found and not (sender == settings.DKIM["domain"] or sender.endswith("." + settings.DKIM["domain"])):
        return [
            Error("DKIM signs for another domain than TCLOUD_FROM_EMAIL is of.", hint=hint, id="tcloud.E081")
        ]
    return []


def sender_domain() -> str:
    """The domain of the address that letters are from."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2].lower()
