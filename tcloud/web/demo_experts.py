"""The demo's expert service: one expert with her profile, and a case at each of some steps, made by the operations themselves (R-35)."""

from datetime import datetime, timedelta
from typing import Any, Final

from tcloud.core import clock
from tcloud.core.actors import COMPANY, EXPERT, THE_SYSTEM, Actor
from tcloud.core.clock import start_of
from tcloud.members import operations as members
from tcloud.members.models import Company, User
from tcloud.programme.models import Programme
from tcloud.support.models import ExpertProfile, ExpertRequest, ExpertSlot
from tcloud.support.operations import expert_profiles, expert_visits, experts

_PROFILE: Final[dict[str, Any]] = {
    "areas": ["information_security", "remote_work", "online_collaboration", "sales_channels"],
    "counties": ["臺北市", "新北市", "桃園市", "高雄市"],
    "online": True,
    "takes_cases": True,
    "bio": "協助零售與服務業導入雲端工具與資安管理。（示範）",
    "bio_en": "Helps retail and service businesses adopt cloud tools and keep them secure. (demo)",
}
# 統一編號, name, the step its case has reached, what it asks for; all invented
_CASES: Final = (
    ("99990704", "晨間豆漿店（示範）", "requested", ["sales_channels"], "想開網路訂購，不知道要先準備什麼。"),
    ("99990155", "光合眼鏡有限公司（示範）", "proposed", ["information_security"], "客戶資料放在共用資料夾，想知道怎麼保護。"),
    ("99990710", "山海民宿（示範）", "agreed", ["online_collaboration"], "輪班表和房務交接都用紙本，常常漏掉。"),
    ("99990715", "禾日選物（示範）", "reported", ["remote_work"], "三位同事在家工作，檔案版本常常亂掉。"),
)  # fmt: skip


def seed(programme: Programme, *, password_hash: str, at: datetime) -> None:
    """Harmless to repeat: what is there stays as it is."""
    expert = User.objects.filter(staff_role=User.StaffRole.EXPERT).order_by("id").first()
    officer = User.objects.filter(staff_role=User.StaffRole.OFFICER).order_by("id").first()
    if expert is None or officer is None or not programme.is_open:
        return
    if not ExpertProfile.objects.filter(user=expert).exists():
        expert_profiles.save_profile(expert, _PROFILE, version=0, by=THE_SYSTEM, at=at)
    for day, (ubn, name, step, areas, description) in enumerate(_CASES, 2):
        company = Company.objects.filter(ubn=ubn).first() or members.register_company(
            ubn, name=name, address="臺北市（示範）"
        )
        if ExpertRequest.objects.filter(programme=programme, company=company).exists():
            continue
        person = _person(company, password_hash, at=at)
        by = Actor(COMPANY, person.pk, company.pk, f"{company.name} {person.name}")
        wanted = {
            "areas": areas, "description": description, "mode": "onsite", "county": "臺北市", "place": "（示範地址）",
            "preferred_times": "平日下午",
        }  # fmt: skip
        contact = {"name": person.name, "email": person.email, "phone": person.phone}
        begun = at - timedelta(days=10) if step == "reported" else at
        case = experts.ask(programme, company, wanted, contact=contact, by=by, at=begun)
        _walk(case, step, expert, by, officer=_actor(officer), day=day, at=begun)


def _person(company: Company, password_hash: str, *, at: datetime) -> User:
    earlier = User.objects.filter(memberships__company=company).first()
    return earlier or members.register_person(
        company, email=f"case-{company.ubn}@demo.tcloud.example", name="聯絡窗口（示範）", phone="02-0000-0000", password_hash=password_hash, language="zh-hant",
        by=THE_SYSTEM, at=at,
    )  # fmt: skip


def _actor(user: User) -> Actor:
    """The actor that a person who works for the programme is."""
    return Actor(user.staff_role, user.pk, None, user.name)


def _walk(
    case: ExpertRequest, step: str, expert: User, by: Actor, *, officer: Actor, day: int, at: datetime
) -> None:
    """Take a case to `step`: requested, proposed, agreed or reported."""
    if step == "requested":
        return
    hers = Actor(EXPERT, expert.pk, None, expert.name)
    experts.assign(case, expert, by=officer, at=at)
    first = start_of(clock.taipei(at).date() + timedelta(days=day)) + timedelta(hours=8 + 2 * day)
    times = [(first + timedelta(days=n), first + timedelta(days=n, minutes=90)) for n in range(3)]
    experts.propose(case, times, meeting="", by=hers, at=at)
    if step == "proposed":
        return
    slot = ExpertSlot.objects.filter(request=case, state=ExpertSlot.State.OPEN).earliest("starts_at")
    experts.agree(case, slot.pk, by=by, at=at)
    if step == "agreed":
        return
    expert_visits.record_visit(case, by=hers, at=slot.ends_at)
    report = {
        "findings": "檔案以電子郵件傳遞，沒有共同的版本；離職同事的帳號仍可登入。",
        "advice": "一、改用雲端硬碟並設定權限。\n二、建立帳號清單，離職當天停用。\n三、全員啟用兩步驟驗證。",
        "next_steps": "兩週內完成帳號盤點，再從平台選擇線上協作方案。",
    }
    expert_visits.write_report(case, report, by=hers, at=slot.ends_at + timedelta(days=1))
