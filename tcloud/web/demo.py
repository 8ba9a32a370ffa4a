"""The demo data set, made by calling the operations themselves. Everything invented is marked （示範）."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.auth.hashers import make_password

from tcloud.assessment import operations as assessment
from tcloud.catalogue import operations as catalogue
from tcloud.catalogue import scale
from tcloud.catalogue.operations.search import import_synonyms
from tcloud.contracts import operations as contracts
from tcloud.core.actors import THE_SYSTEM, VISITOR, Actor
from tcloud.members import operations as members
from tcloud.members import queries as people
from tcloud.members.models import Company, Membership, User
from tcloud.members.queries import actor_for
from tcloud.points import operations as points
from tcloud.points.models import Grant
from tcloud.programme import operations as programmes
from tcloud.programme.models import Programme
from tcloud.support.models import CannedAnswer, Ticket
from tcloud.support.operations import answers, desk, faq, tickets
from tcloud.support.operations.tickets import Asker
from tcloud.web import demo_experts

PASSWORD: Final = "Tcloud-demo-2026"  # noqa: S105  refused outside DEBUG together with the whole data set
APPROPRIATION_POINTS: Final = 300_000_000
MEMBER_UBN: Final = "99990155"
MEMBER_NAME: Final = "光合眼鏡有限公司（示範）"
# how an optician's shop of a few people might answer the self-assessment; questions these answers leave out are not asked
MEMBER_ANSWERS: Final[dict[str, str | list[str]]] = {
    "industry": "wholesale_retail", "staff_count": "under_30", "attendance_record": "paper", "shift_planning": "paper",
    "payroll_method": "spreadsheet", "invoice_and_books": "outsourced", "time_consuming_work": ["purchasing"],
    "makes_or_prepares": "no", "works_away": "never", "online_meetings": "no", "file_storage": "own_computer",
    "document_problems": ["none"], "task_follow_up": "chat", "signing_frequency": "rarely", "protection_gaps": ["backup", "two_step"],
    "security_incidents": ["none"], "personal_data_volume": "to_5000", "personal_data_care": ["unprotected"],
    "security_contact": "no", "main_channel": "storefront", "online_plan": "maybe", "keeps_stock": "yes", "stock_method": "look",
    "counter_problems": ["phone_booking", "no_show"], "customer_records": "paper_or_chat", "customer_contact": "one_by_one",
    "missed_messages": "monthly", "content_updates": "rarely", "marketing_goals": ["repeat"],
}  # fmt: skip
_DOMAIN: Final = "demo.tcloud.example"


@dataclass(frozen=True)
class Account:
    """A demo account to print."""

    role: str
    email: str
    name: str


STAFF: Final = (
    ("officer", "officer", "王執行（示範）"),
    ("officer", "officer2", "陳覆核（示範）"),
    ("auditor", "auditor", "林稽核（示範）"),
    ("support", "support", "張客服（示範）"),
    ("support", "support2", "周客服（示範）"),
    ("expert", "expert", "李專家（示範）"),
)

ANSWERS: Final = (
    {
        "title": "如何獲得點數",
        "body": "請先用工商憑證加入會員，資格查驗通過後填寫數位需求自評表，完成後點數就會進到貴公司的帳戶，並寄信通知您。",
        "body_en": "Please join with your business certificate card. Once your eligibility is confirmed, complete the digital "
        "needs self-assessment; the points are then granted to your company and we e-mail you.",
    },
    {
        "title": "點數期限",
        "body": "獲得點數後1個月內要送出第一筆使用點數的訂單；之後沒有用完的點數，在獲得後3個月收回。實際日期請看「我的點數」。",
        "body_en": "Submit your first order that uses points within 1 month of receiving them. Points not used are taken back "
        "3 months after you received them. The exact dates are under My points.",
    },
    {
        "title": "請稍候查詢",
        "body": "好的，我正在為您查詢，請稍候一下。",
        "body_en": "Certainly. I am looking into it; please bear with me for a moment.",
    },
    {
        "title": "不要提供PIN碼",
        "body": "提醒您，請不要告訴任何人您的PIN碼或密碼，客服也不會向您要。",
        "body_en": "Please never tell anybody your PIN or password; we will never ask for them.",
    },
)


def base(*, at: datetime) -> Programme:
    """What every installation needs: the flyer's edition, categories and the first questionnaire. Harmless to repeat."""
    programme = Programme.objects.filter(code=programmes.FLYER["code"]).first()
    programme = programme or programmes.create(by=THE_SYSTEM, at=at)
    catalogue.import_categories()
    import_synonyms(by=THE_SYSTEM, at=at)
    assessment.publish_first(at=at)
    contracts.publish_first_template(at=at)
    faq.import_shipped(at=at)
    return programme


def demo(*, at: datetime) -> Programme:
    """The open edition with budget, suppliers, plans and an account of every role. Harmless to repeat."""
    programme = base(at=at)
    if programme.state == "DRAFT":
        programme = programmes.open_edition(programme, by=THE_SYSTEM, at=at)
        points.appropriate(programme, APPROPRIATION_POINTS, reference="DEMO-115-001", by=THE_SYSTEM, at=at)
    password = make_password(PASSWORD)
    for role, mailbox, name in STAFF:
        if not User.objects.filter(email=f"{mailbox}@{_DOMAIN}").exists():
            members.create_staff(
                f"{mailbox}@{_DOMAIN}", PASSWORD, name=name, staff_role=role, by=THE_SYSTEM, at=at
            )
    _answers(at=at)
    _suppliers(password, at=at)
    _member(programme, password, at=at)
    _tickets(programme, at=at)
    demo_experts.seed(programme, password_hash=password, at=at)
    return programme


def _answers(*, at: datetime) -> None:
    """Canned answers of text support, as the agent wrote them."""
    if CannedAnswer.objects.exists():
        return
    agent = people.actor_for(User.objects.get(email=f"support@{_DOMAIN}"))
    for row in ANSWERS:
        answers.save_answer(None, **row, version=0, by=agent, at=at)


def _suppliers(password: str, *, at: datetime) -> None:
    suppliers = {}
    for row in catalogue.shipped("suppliers"):
        company = None
        if row["orderable"]:
            company = members.register_company(row["ubn"], name=row["name_zh"], address="臺北市（示範）")
            email = f"{row['slug']}@{_DOMAIN}"
            _person(company, email, "業務窗口（示範）", password, at=at)
            row = row | {"contact_email": email}
        supplier = catalogue.add_supplier(row, company=company, by=THE_SYSTEM, at=at)
        suppliers[row["ubn"] or row["name_zh"]] = suppliers[row["name_zh"]] = supplier
    for row in catalogue.shipped("plans"):
        catalogue.list_plan(suppliers[row["supplier"]], row, by=THE_SYSTEM, at=at)


def many_plans(plans: int, *, at: datetime) -> int:
    """Invented plans for measuring, up to `plans` of them; returns how many were missing and are now listed."""
    suppliers = {
        row["slug"]: catalogue.add_supplier(row, company=None, by=THE_SYSTEM, at=at)
        for row in scale.supplier_rows(plans)
    }
    return catalogue.list_many(suppliers, scale.plan_rows(1, plans), by=THE_SYSTEM, at=at)


def _person(company: Company, email: str, name: str, password: str, *, at: datetime) -> User:
    earlier = User.objects.filter(email=email).first()
    return earlier or members.register_person(
        company,
        email=email,
        name=name,
        phone="02-0000-0000",
        password_hash=password,
        language="zh-hant",
        role=Membership.Role.OWNER,
        by=THE_SYSTEM,
        at=at,
    )


def _member(programme: Programme, password: str, *, at: datetime) -> None:
    """A company that has joined, assessed its needs and received its points, for who wants to begin at step 3; again after a rehearsal
    took them back (R-13).
    """
    company = members.register_company(MEMBER_UBN, name=MEMBER_NAME, address="高雄市（示範）")
    person = _person(company, f"member@{_DOMAIN}", "吳小光（示範）", password, at=at)
    admission = points.admit(programme, company, at=at).admission
    granted = Grant.objects.filter(programme=programme, company=company, admission=admission).exists()
    if programme.is_open and not granted:
        begun = assessment.start(programme, company, by=THE_SYSTEM, at=at)
        for area in begun.questionnaire.content["areas"]:
            assessment.save_answers(begun, area["code"], MEMBER_ANSWERS, by=THE_SYSTEM, at=at)
        assessment.complete(begun, user=person, by=THE_SYSTEM, at=at)


def _tickets(programme: Programme, *, at: datetime) -> None:
    """A visitor's question that waits and a member's that was answered; each once."""
    words: dict[str, Any] = {"channel": Ticket.Channel.FORM, "category": Ticket.Category.JOINING, "at": at}
    visitor = Actor(VISITOR, name="周訪客（示範）")
    ticket = tickets.open_ticket(
        programme, Asker(visitor.name, f"visitor@{_DOMAIN}"), subject="分公司可以申請嗎？", request_key="demo-visitor",
        body="我們在臺中有分公司，想請問分公司可以單獨申請，還是要由總公司申請？", by=visitor, **words,
    )  # fmt: skip
    tickets.confirm(ticket, by=visitor, at=at)
    company = Company.objects.get(ubn=MEMBER_UBN)
    person = User.objects.get(email=f"member@{_DOMAIN}")
    asker = Asker(person.name, person.email, user=person, company=company)
    ticket = tickets.open_ticket(
        programme, asker, subject="點數什麼時候到期？", body="請問我們的點數用不完會怎麼樣？", request_key="demo-member",
        by=actor_for(person, company=company), **words | {"channel": Ticket.Channel.MEMBER, "category": Ticket.Category.POINTS},
    )  # fmt: skip
    if ticket.state == Ticket.State.OPEN and ticket.version == 1:
        agent = actor_for(User.objects.get(email=f"support@{_DOMAIN}"))
        answer = "您好，每筆點數的期限列在「我的點數」。期限內沒有用完的點數會收回，收回前30天、7天與1天會寄信提醒您。"
        desk.answer(ticket, answer, version=ticket.version, by=agent, at=at)


def accounts() -> list[Account]:
    """The demo accounts, one line each; the password of all is PASSWORD."""
    rows = [Account(role, f"{mailbox}@{_DOMAIN}", name) for role, mailbox, name in STAFF]
    rows.append(Account("company", f"member@{_DOMAIN}", MEMBER_NAME))
    rows += [
        Account("supplier", f"{row['slug']}@{_DOMAIN}", row["name_zh"])
        for row in catalogue.shipped("suppliers")
        if row["orderable"]
    ]
    return rows
