"""A letter as text and as HTML, in the language now active. Both are made of the same `Letter`; there is no second wording."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from tcloud.core import clock
from tcloud.outbox.categories import DUTY, LABELS
from tcloud.outbox.letters import Letter, words
from tcloud.outbox.recipients import (
    AGENTS,
    APPLICANT,
    ASKER,
    COMPANY,
    EXPERT,
    FORMER_ADDRESS,
    FORMER_EXPERT,
    NEW_ADDRESS,
    OFFICERS,
    READER,
    SUPPLIER,
)
from tcloud.support.queries import contact

PREFERENCES: Final = "/account/mail/"
WHY: Final[dict[str, str | Promise]] = {
    APPLICANT: _lazy("您收到這封信，是因為申請時填了這個信箱。"),
    COMPANY: _lazy("您收到這封信，是因為這個信箱是貴公司的帳號或案件聯絡信箱。"),
    SUPPLIER: _lazy("您收到這封信，是因為這個信箱是供應商的帳號或聯絡信箱。"),
    READER: _lazy("您收到這封信，是因為您在本平台使用了這項功能。"),
    NEW_ADDRESS: _lazy("您收到這封信，是因為有人在帳號設定填了這個信箱。"),
    FORMER_ADDRESS: _lazy("您收到這封信，是因為這個信箱原本是帳號的信箱。"),
    ASKER: _lazy("您收到這封信，是因為您用這個信箱向客服提出問題。"),
    **dict.fromkeys(
        (OFFICERS, AGENTS, EXPERT, FORMER_EXPERT), _lazy("您收到這封信，是因為您負責辦理這類案件。")
    ),
}


@dataclass(frozen=True)
class Footer:
    """Why somebody is written to: as whom (an audience of `recipients`), in which category, and what she can do about it."""

    audience: str = ""
    category: str = DUTY
    has_account: bool = False
    unsubscribe: str = ""  # a path that stops letters of this category

    def reasons(self) -> list[str]:
        """In the language now active."""
        said = [str(WHY[self.audience])] if self.audience in WHY else []
        if self.category == DUTY:
            return [*said, _("這是辦理事項的必要通知，不能關閉。")]
        return [*said, _("這封信屬於「%(category)s」，可以關閉。") % {"category": LABELS[self.category]}]


class Mail(NamedTuple):
    """What goes out."""

    subject: str
    text: str
    html: str
    unsubscribe_url: str = ""


def render(letter: Letter, footer: Footer) -> Mail:
    """The letter with its footer (hotline, mailbox and hours of the edition, why one gets it) and absolute links in the reader's language."""
    reached = contact.settings_of(letter.programme)
    context = {
        "letter": letter,
        "language": "en" if words.english() else "zh-Hant",
        "programme": words.local(letter.programme, "name"),
        "operator": words.local(letter.programme, "operator"),
        "hotline": reached.hotline,
        "mailbox": reached.mailbox,
        "hours": f"{reached.staffed_from:%H:%M}–{reached.staffed_until:%H:%M}",
        "url": absolute(letter.link.path) if letter.link else "",
        "reasons": footer.reasons(),
        "unsubscribe_url": absolute(letter.unsubscribe or footer.unsubscribe),
        "preferences_url": absolute(PREFERENCES) if footer.has_account else "",
        "rule": "-" * 40,
        "rehearsal": bool(clock.shift()),
    }
    subject = _("【%(programme)s】%(subject)s") % {
        "programme": context["programme"],
        "subject": letter.subject,
    }
    return Mail(
        one_line(marked(subject)),
        render_to_string("outbox/letter.txt", context),
        render_to_string("outbox/letter.html", context),
        str(context["unsubscribe_url"]),
    )


def absolute(path: str) -> str:
    """The address of a path of the site in the language now active; "" of none."""
    prefix = "/en" if words.english() else ""
    return f"{settings.SITE_URL.rstrip('/')}{prefix}{path}" if path else ""


def one_line(words_: str) -> str:
    """Without line breaks: one in a name must not become a header."""
    return " ".join(words_.split())


def marked(subject: str) -> str:
    """The subject of a letter, marked while a rehearsal has moved the clock: its days and deadlines are not real ones."""
    return _("【演練】%(subject)s") % {"subject": subject} if clock.shift() else subject
