"""The demo data set, made by calling the operations themselves. Everything invented is marked （示範）."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.hashers import make_password

from tcloud.assessment import operations as assessment
from tcloud.catalogue import operations as catalogue
from tcloud.catalogue import scale
from tcloud.catalogue.operations.search import import_synonyms
from tcloud.core.actors import THE_SYSTEM
from tcloud.members import operations as members
from tcloud.members.models import Company, Membership, User
from tcloud.points import operations as points
from tcloud.points.models import Grant
from tcloud.programme import operations as programmes
from tcloud.programme.models import Programme

PASSWORD: Final = "Tcloud-demo-2026"  # noqa: S105  refused outside DEBUG together with the whole data set
APPROPRIATION_POINTS: Final = 300_000_000
MEMBER_UBN: Final = "99990155"
MEMBER_NAME: Final = "光合眼鏡有限公司（示範）"
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
    ("expert", "expert", "李專家（示範）"),
)


def base(*, at: datetime) -> Programme:
    """What every installation needs: the flyer's edition, categories and the first questionnaire. Harmless to repeat."""
    programme = Programme.objects.filter(code=programmes.FLYER["code"]).first()
    programme = programme or programmes.create(by=THE_SYSTEM, at=at)
    catalogue.import_categories()
    import_synonyms(by=THE_SYSTEM, at=at)
    assessment.publish_first(at=at)
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
    _suppliers(password, at=at)
    _member(programme, password, at=at)
    return programme


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
    """A company that has joined and received its points, for who wants to begin at step 3; again after a rehearsal took them back (R-13)."""
    company = members.register_company(MEMBER_UBN, name=MEMBER_NAME, address="高雄市（示範）")
    _person(company, f"member@{_DOMAIN}", "吳小光（示範）", password, at=at)
    admission = points.admit(programme, company, at=at).admission
    granted = Grant.objects.filter(programme=programme, company=company, admission=admission).exists()
    if programme.is_open and not granted:
        points.grant(programme, company, by=THE_SYSTEM, at=at)


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
