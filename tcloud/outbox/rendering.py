"""A letter as text and as HTML, in the language now active."""

from typing import NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from tcloud.core import clock
from tcloud.outbox.letters import Letter, words
from tcloud.support.queries import contact


class Mail(NamedTuple):
    """What goes out."""

    subject: str
    text: str
    html: str
    unsubscribe_url: str = ""


def render(letter: Letter) -> Mail:
    """The letter with its footer (hotline, mailbox and hours of the edition) and an absolute link in the reader's language."""
    reached = contact.settings_of(letter.programme)
    prefix = "/en" if words.english() else ""
    context = {
        "letter": letter,
        "language": "en" if words.english() else "zh-Hant",
        "programme": words.local(letter.programme, "name"),
        "operator": words.local(letter.programme, "operator"),
        "hotline": reached.hotline,
        "mailbox": reached.mailbox,
        "hours": f"{reached.staffed_from:%H:%M}–{reached.staffed_until:%H:%M}",
        "url": f"{settings.SITE_URL.rstrip('/')}{prefix}{letter.link.path}" if letter.link else "",
        "unsubscribe_url": f"{settings.SITE_URL.rstrip('/')}{prefix}{letter.unsubscribe}"
        if letter.unsubscribe
        else "",
        "rule": "-" * 40,
        "rehearsal": bool(clock.shift()),
    }
    subject = _("【%(programme)s】%(subject)s") % {
        "programme": context["programme"],
        "subject": letter.subject,
    }
    return Mail(
        " ".join(marked(subject).split()),  # a line break in a name must not become a header
        render_to_string("outbox/letter.txt", context),
        render_to_string("outbox/letter.html", context),
        str(context["unsubscribe_url"]),
    )


def marked(subject: str) -> str:
    """The subject of a letter, marked while a rehearsal has moved the clock: its days and deadlines are not real ones."""
    return _("【演練】%(subject)s") % {"subject": subject} if clock.shift() else subject
