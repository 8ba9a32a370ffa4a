"""A case of the expert service at any of its states, made by the operations themselves."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tcloud.core.actors import EXPERT, Actor
from tcloud.core.clock import TAIPEI
from tcloud.members.models import Company, User
from tcloud.programme.models import Programme
from tcloud.support.models import ExpertRequest, ExpertSlot
from tcloud.support.operations import expert_profiles, expert_visits, experts
from tests import factories as make
from tests.factories import NOW

MONDAY = datetime(2027, 1, 18, 14, 0, tzinfo=TAIPEI)
AFTER = MONDAY + timedelta(hours=2)
CONTACT = {"name": "王小明", "email": "owner@example.tw", "phone": "02-1234-5678"}
WANTED: dict[str, Any] = {
    "areas": ["information_security", "remote_work"],
    "description": "想請專家看看備份與帳號管理。",
    "mode": "onsite",
    "county": "臺北市",
    "place": "中正區寶慶路1號",
    "preferred_times": "週一、週二下午",
}
REPORT = {
    "findings": "備份沒有異地。",
    "advice": "採用雲端備份，並啟用兩步驟驗證。",
    "next_steps": "兩週內完成。",
}
PDF = b"%PDF-1.7\n%EOF"


def expert(*, name: str = "李專家", **profile: Any) -> User:
    """An expert who advises on security and remote work in Taipei and online."""
    made = make.user(staff_role="expert", name=name)
    said = {
        "areas": ["information_security", "remote_work"],
        "counties": ["臺北市", "新北市"],
        "online": True,
        "takes_cases": True,
        "bio": "資安顧問十年。",
        "bio_en": "",
    }
    expert_profiles.save_profile(made, said | profile, version=0, by=as_expert(made), at=NOW)
    return made


def as_expert(user: User) -> Actor:
    return Actor(EXPERT, user.pk, None, user.name)


def officer() -> Actor:
    return make.officer(make.user(staff_role="officer"))


def owner(company: Company) -> User:
    found = User.objects.filter(memberships__company=company).first()
    return found or make.user(company)


def as_company(company: Company) -> Actor:
    return make.actor(company, by=owner(company))


def slots(*starts: datetime, minutes: int = 90) -> list[tuple[datetime, datetime]]:
    return [(start, start + timedelta(minutes=minutes)) for start in starts]


def requested(
    edition: Programme | None = None, company: Company | None = None, *, at: datetime = NOW, **wanted: Any
) -> ExpertRequest:
    edition = edition or make.programme()
    company = company or make.company()
    return experts.ask(edition, company, WANTED | wanted, contact=CONTACT, by=as_company(company), at=at)


def assigned(*, to: User | None = None, **values: Any) -> ExpertRequest:
    return experts.assign(requested(**values), to or expert(), by=officer(), at=NOW)


def expert_of(request: ExpertRequest) -> Actor:
    assert request.expert is not None
    return as_expert(request.expert)


def proposed(
    *, times: tuple[datetime, ...] = (MONDAY, MONDAY + timedelta(days=1)), **values: Any
) -> ExpertRequest:
    request = assigned(**values)
    return experts.propose(request, slots(*times), meeting="貴公司會議室", by=expert_of(request), at=NOW)


def agreed(**values: Any) -> ExpertRequest:
    request = proposed(**values)
    slot = ExpertSlot.objects.filter(request=request, state="open").order_by("position").first()
    assert slot is not None
    return experts.agree(request, slot.pk, by=as_company(request.company), at=NOW)


def visited(**values: Any) -> ExpertRequest:
    request = agreed(**values)
    return expert_visits.record_visit(request, by=expert_of(request), at=AFTER)


def reported(**values: Any) -> ExpertRequest:
    request = visited(**values)
    files = [expert_visits.Attachment("建議.pdf", PDF)]
    expert_visits.write_report(request, REPORT, files, by=expert_of(request), at=AFTER)
    request.refresh_from_db()
    return request


def closed(**values: Any) -> ExpertRequest:
    request = reported(**values)
    expert_visits.give_feedback(request, 5, "很有幫助", by=as_company(request.company), at=AFTER)
    request.refresh_from_db()
    return request


def unreported(**values: Any) -> ExpertRequest:
    return experts.close_unreported(visited(**values), reason="專家離職", by=officer(), at=AFTER)


def declined(**values: Any) -> ExpertRequest:
    return experts.decline(requested(**values), reason="不在服務範圍", by=officer(), at=NOW)


def withdrawn(**values: Any) -> ExpertRequest:
    request = requested(**values)
    return experts.withdraw(request, reason="", by=as_company(request.company), at=NOW)


AT_STATE: dict[str, Callable[..., ExpertRequest]] = {
    "REQUESTED": requested,
    "ASSIGNED": assigned,
    "PROPOSED": proposed,
    "AGREED": agreed,
    "VISITED": visited,
    "REPORTED": reported,
    "CLOSED": closed,
    "UNREPORTED": unreported,
    "DECLINED": declined,
    "WITHDRAWN": withdrawn,
}
