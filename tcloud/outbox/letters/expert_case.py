"""What every letter of the expert service needs: the case, its facts, to whom (R-35)."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from tcloud.outbox.letters import words
from tcloud.outbox.letters.letter import (
    Composer,
    Letter,
    Link,
    Occasion,
    company_expert,
    expert_visit,
    office_expert,
)
from tcloud.support import words as said
from tcloud.support.models import ExpertRequest, ExpertSlot
from tcloud.support.queries import experts as queries


class ExpertCase:
    """A case as its letters speak of it."""

    def __init__(self, occasion: Occasion) -> None:
        if not isinstance(occasion.subject, ExpertRequest):
            raise TypeError(occasion.event.subject)
        self.request = occasion.subject
        self.event = occasion.event
        self.at = occasion.at

    @property
    def name(self) -> dict[str, str]:
        """The reference, for subjects."""
        return {"reference": self.request.reference}

    @property
    def expert(self) -> str:
        """The expert's name: of who has the case now, else of whom the event names."""
        return (
            self.request.expert.name if self.request.expert else str(self.event.data.get("expert_name", ""))
        )

    @property
    def reason(self) -> str:
        """Why, as a sentence."""
        return _("說明：%(reason)s") % {"reason": self.event.data.get("reason", "")}

    @property
    def due(self) -> str:
        """By when what is owed now is due: day, weekday and working days left."""
        if self.request.owed_due_at is None:
            return ""
        return words.deadline(self.request.owed_due_at, at=self.at, county=self.request.owed_county)

    def visit(self) -> ExpertSlot | None:
        """The agreed visit."""
        return queries.visit_of(self.request)

    def still(self, *states: str) -> bool:
        """Whether the case has not gone on meanwhile."""
        return self.request.state in states

    def facts(self, *more: tuple[str, str], to_company: bool = False) -> list[tuple[str, str]]:
        """The lines every letter shows, and `more`; without those that are empty."""
        request = self.request
        lines = [(_("案件編號"), request.reference)]
        if not to_company:
            contact = f"{request.contact_name} {request.contact_phone} {request.contact_email}"
            lines += [(_("申請企業"), request.company.name), (_("聯絡人"), " ".join(contact.split()))]
        elif self.expert:
            lines.append((_("專家"), self.expert))
        lines += [
            (_("想請教的領域"), said.areas(request.areas)),
            (_("方式與地點"), said.where(request)),
            *more,
        ]
        return [line for line in lines if line[1]]

    def letter(
        self,
        subject: str,
        happened: list[str],
        next_steps: list[str],
        facts: list[tuple[str, str]],
        link: Link,
    ) -> Letter:
        """A letter whose subject may name the `reference`."""
        return Letter(
            subject=subject % self.name, happened=[line for line in happened if line], facts=facts,
            next_steps=next_steps, link=link, programme=self.request.programme,
        )  # fmt: skip

    def to_company(
        self, subject: str, happened: list[str], steps: list[str], *more: tuple[str, str]
    ) -> Letter:
        """To the company; its link leads to the case."""
        link = Link(_("查看專家服務"), company_expert(self.request.reference))
        return self.letter(subject, happened, steps, self.facts(*more, to_company=True), link)

    def to_expert(
        self, subject: str, happened: list[str], steps: list[str], *more: tuple[str, str]
    ) -> Letter:
        """To the expert; its link leads to the case in her area."""
        link = Link(_("查看案件"), expert_visit(self.request.reference))
        return self.letter(subject, happened, steps, self.facts(*more), link)

    def to_office(
        self, subject: str, happened: list[str], steps: list[str], *more: tuple[str, str]
    ) -> Letter:
        """To the officers; its link leads to the case in the office."""
        link = Link(_("查看案件"), office_expert(self.request.reference))
        return self.letter(subject, happened, steps, self.facts(*more), link)


Write = Callable[[ExpertCase], Letter | None]


def about_case(write: Write) -> Composer:
    """A composer of what is written about a case."""

    def compose(occasion: Occasion) -> Letter | None:
        return write(ExpertCase(occasion))

    return compose
