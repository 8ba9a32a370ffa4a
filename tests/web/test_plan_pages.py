"""A supplier writes plans and an officer reviews them, page by page (R-32)."""

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tcloud.catalogue import operations as catalogue
from tcloud.catalogue import queries
from tcloud.catalogue.models import PlanChange, PlanFile
from tcloud.core import clock
from tests import factories as make
from tests.catalogue import uploads
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-32")]
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def day() -> Any:
    cache.clear()
    with clock.moved_to(NOW):
        yield


def desk(supplier: Any) -> Client:
    return make.signed_in(make.user(supplier.company))


@pytest.fixture
def officer(second_factor: None) -> Client:
    return make.signed_in(make.user(staff_role="officer"))


@pytest.fixture
def second_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    from tcloud.web.ui import second_factor

    monkeypatch.setattr(second_factor, "still_to_set_up", lambda request, user: None)


def url(name: str, *args: Any) -> str:
    return reverse(name, args=args)


def fields_of(page: Any) -> dict[str, Any]:
    """What the forms of a page would send back untouched: the whole main form."""
    form = page.context["form"]
    sent: dict[str, Any] = {}
    for name in form.fields:
        value = form[name].value()
        if value not in (None, "", False):
            sent[name] = value
    return sent


def test_a_new_plan_is_written_section_by_section_and_sent() -> None:
    supplier = make.supplier()
    make.programme()
    client = desk(supplier)
    answer = client.post(url("supplier_plan_new"))
    change = PlanChange.objects.get()
    assert answer["Location"].endswith(url("supplier_plan_section", change.pk, "basics"))
    sections: dict[str, dict[str, Any]] = {
        "basics": {
            "solution": "", "solution_name": "早市進銷存", "category": "stock", "name": "早市進銷存 標準版", "blurb": "天亮前點完貨。",
            "description": "給市場攤商。", "features": "掃條碼 | Scan\n低庫存提醒",
        },
        "price": {"price_twd": "１２,０００", "term_months": "12", "seats": "", "included": "教學一次", "has_trial": "on"},
        "answers": {f"answers.{code}": {True: "yes", False: "no"}.get(value, value) for code, value in make.answers_for("stock").items()}
        | {"answers.items_limit": "不限"},
        "details": {
            "data_location": "臺灣", "support": "電話", "export": "CSV", "certifications": "ISO 27001\n", "industries": ["45", "47"],
            "employees_from": "1", "employees_to": "20", "keywords": "攤商\n點貨",
        },
    }  # fmt: skip
    for section, typed in sections.items():
        page = client.get(url("supplier_plan_section", change.pk, section))
        version = page.context["form"]["version"].value()
        answer = client.post(
            url("supplier_plan_section", change.pk, section), typed | {"version": version, "then": "next"}
        )
        assert answer.status_code == 302, answer.context["form"].errors
    overview = client.get(url("supplier_plan_change", change.pk))
    assert overview.context["problems"] == {}
    answer = client.post(
        url("supplier_plan_submission", change.pk), {"version": overview.context["change"].version}
    )
    assert answer.status_code == 302
    change.refresh_from_db()
    assert change.state == "SUBMITTED"
    assert change.content["price_twd"] == 12_000
    assert change.content["features"] == [{"zh": "掃條碼", "en": "Scan"}, {"zh": "低庫存提醒", "en": ""}]
    assert change.content["answers"]["items_limit"] == "unlimited"
    assert "剩 5 個工作天" in client.get(url("supplier_plans")).content.decode()


def test_a_section_keeps_what_reads_well_and_shows_what_does_not() -> None:
    change = make.plan_change()
    client = desk(change.supplier)
    answer = client.post(
        url("supplier_plan_section", change.pk, "price"),
        {"version": change.version, "price_twd": "一萬", "term_months": "24", "included": "兩次教學"},
    )
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="一萬"' in page
    assert "其他欄位已儲存" in page
    change.refresh_from_db()
    assert (change.content["term_months"], change.content["included"]) == (24, "兩次教學")
    assert change.content["price_twd"] == 60_000
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    assert int(version[1]) == change.version


def test_a_section_saved_in_two_tabs_loses_nothing() -> None:
    change = make.plan_change()
    client = desk(change.supplier)
    where = url("supplier_plan_section", change.pk, "price")
    typed = {"version": change.version, "price_twd": "61,000", "term_months": "12", "included": "教學"}
    assert client.post(where, typed).status_code == 302
    answer = client.post(where, typed | {"price_twd": "62,000"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="62,000"' in page
    change.refresh_from_db()
    assert change.content["price_twd"] == 61_000
    again = client.post(where, typed | {"price_twd": "62,000", "version": change.version})
    assert again.status_code == 302


def test_submission_shows_what_is_missing_where_it_is_missing() -> None:
    change = make.plan_change(blurb="", price_twd=21_010)
    answer = desk(change.supplier).post(
        url("supplier_plan_submission", change.pk), {"version": change.version}
    )
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "還有2個欄位要補" in page
    assert f"{url('supplier_plan_section', change.pk, 'price')}#id_price_twd" in page


@pytest.mark.parametrize("state", ["SUBMITTED", "WITHDRAWN"])
def test_a_draft_under_review_is_not_written_in(state: str) -> None:
    change = make.submitted_change()
    if state == "WITHDRAWN":
        change = catalogue.withdraw_change(
            change, version=change.version, by=make.change_actor(change), at=NOW
        )
    client = desk(change.supplier)
    where = url("supplier_plan_section", change.pk, "price")
    for answer in (client.get(where), client.post(where, {"version": change.version, "price_twd": "1000"})):
        assert answer["Location"].endswith(url("supplier_plan_change", change.pk))
    change.refresh_from_db()
    assert change.content["price_twd"] == 60_000


def test_recall_and_withdrawal_end_a_review() -> None:
    change = make.submitted_change()
    client = desk(change.supplier)
    client.post(url("supplier_plan_recall", change.pk), {"version": change.version})
    change.refresh_from_db()
    assert change.state == "DRAFT"
    client.post(url("supplier_plan_withdrawal", change.pk), {"version": change.version})
    change.refresh_from_db()
    assert change.state == "WITHDRAWN"


@pytest.mark.rule("R-37")
def test_another_supplier_finds_none_of_it() -> None:
    change = make.submitted_change(on=make.plan())
    assert change.plan is not None
    file = _with_picture()
    stranger = desk(make.supplier())
    gets = [
        url("supplier_plan_change", change.pk), url("supplier_plan_section", change.pk, "price"), url("supplier_plan_files", change.pk),
        url("supplier_plan_preview", change.pk), url("supplier_plan", change.plan.code), url("supplier_plan_file", file.sha256),
        url("plan_file", file.sha256),
    ]  # fmt: skip
    posts = [
        *gets[1:3], url("supplier_plan_submission", change.pk), url("supplier_plan_recall", change.pk),
        url("supplier_plan_withdrawal", change.pk), url("supplier_plan_file_removal", change.pk, file.pk),
        url("supplier_plan_edit", change.plan.code), url("supplier_plan_delisting", change.plan.code),
        url("supplier_plan_relisting", change.plan.code),
    ]  # fmt: skip
    assert [stranger.get(where).status_code for where in gets] == [404] * len(gets)
    assert [
        stranger.post(where, {"version": change.version, "reason": "x"}).status_code for where in posts
    ] == [404] * len(posts)
    change.refresh_from_db()
    assert change.state == "SUBMITTED"


def _with_picture() -> PlanFile:
    draft = make.plan_change()
    catalogue.attach_file(
        draft,
        uploads.image(),
        kind="picture",
        title="畫面",
        version=draft.version,
        by=make.change_actor(draft),
        at=NOW,
    )
    return PlanFile.objects.get()


def upload(
    client: Client,
    change: PlanChange,
    data: bytes,
    *,
    kind: str = "picture",
    name: str = "a.png",
    **more: Any,
) -> Any:
    typed = {
        "version": change.version,
        "kind": kind,
        "title": "今日庫存的畫面",
        "upload": SimpleUploadedFile(name, data),
    }
    return client.post(url("supplier_plan_files", change.pk), typed | more)


def test_files_are_added_shown_to_their_own_and_taken_out() -> None:
    change = make.plan_change()
    client = desk(change.supplier)
    assert upload(client, change, uploads.image(), name="x.exe").status_code == 302
    file = PlanFile.objects.get()
    page = client.get(url("supplier_plan_files", change.pk)).content.decode()
    assert url("supplier_plan_file", file.sha256) in page
    answer = client.get(url("supplier_plan_file", file.sha256))
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "private" in answer["Cache-Control"]
    change.refresh_from_db()
    client.post(url("supplier_plan_file_removal", change.pk, file.pk), {"version": change.version})
    assert not PlanFile.objects.exists()


@pytest.mark.parametrize(
    ("data", "more", "words"),
    [
        (b"MZ\x90\0" * 50, {}, "不是可以讀取的PNG"),
        (b"", {}, "檔案是空的"),
        (b"\0" * (2 * 1024 * 1024 + 1), {}, "超過2 MB"),
        (uploads.image(), {"title": " "}, "請用一句話說明"),
        (uploads.image(), {"kind": "document"}, "不是可以讀取的PDF"),
        (uploads.image(), {"kind": "film"}, "請選擇圖片或文件"),
        (uploads.pdf(root=b"/AA << >>"), {"kind": "document"}, "自動動作"),
    ],
)
def test_a_bad_upload_is_told_beside_its_field_and_keeps_the_words(
    data: bytes, more: dict[str, str], words: str
) -> None:
    change = make.plan_change()
    answer = upload(desk(change.supplier), change, data, **more)
    page = answer.content.decode()
    assert answer.status_code in {200, 409}
    assert words in page
    assert more.get("title", "今日庫存的畫面") in page
    assert not PlanFile.objects.exists()


def test_uploads_are_not_endless() -> None:
    change = make.plan_change()
    client = desk(change.supplier)
    seen = {upload(client, change, b"junk").status_code for _ in range(61)}
    assert 429 in seen


def test_a_listed_file_is_public_kept_by_caches_and_not_sent_twice(officer: Client) -> None:
    make.programme()
    change = make.plan_change()
    client = desk(change.supplier)
    upload(client, change, uploads.image())
    change.refresh_from_db()
    upload(client, change, uploads.pdf(), kind="document", title="手冊", name="a.pdf")
    picture, paper = PlanFile.objects.order_by("pk")
    assert Client().get(url("plan_file", picture.sha256)).status_code == 404
    assert officer.get(url("office_plan_file", picture.sha256)).status_code == 404  # not sent yet
    change.refresh_from_db()
    change = catalogue.submit_change(change, version=change.version, by=make.change_actor(change), at=NOW)
    assert officer.get(url("office_plan_file", picture.sha256)).status_code == 200
    change = catalogue.approve_change(change, version=change.version, by=make.officer(), at=NOW)
    assert change.plan is not None
    answer = Client().get(url("plan_file", picture.sha256))
    assert "public" in answer["Cache-Control"]
    assert answer["Content-Disposition"].startswith("inline")
    again = Client().get(url("plan_file", picture.sha256), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert Client().get(url("plan_file", paper.sha256))["Content-Disposition"].startswith("attachment")
    catalogue.delist(change.plan, by=make.officer(), at=NOW)
    assert Client().get(url("plan_file", picture.sha256)).status_code == 404


def test_an_officer_sees_old_and_new_side_by_side_and_decides(officer: Client) -> None:
    make.programme()
    plan = make.plan(price_twd=60_000)
    change = make.submitted_change(
        on=plan, price_twd=63_000, name=plan.current.name, blurb=plan.current.blurb
    )
    page = officer.get(url("office_plan_change", change.pk)).content.decode()
    assert "NT$60,000" in page
    assert "NT$63,000" in page
    differing = [
        re.sub(r"<[^>]+>", "", row)
        for row in re.findall(r'<tr role="row"[^>]* class="diff">(.*?)</tr>', page, re.S)
    ]
    assert any(row.startswith("價格（含稅） 不同NT$60,000NT$63,000") for row in differing)
    assert not any(row.startswith("一句話介紹") for row in differing)
    typed = {"version": change.version, "decision": "return"}
    assert officer.post(url("office_plan_change", change.pk), typed).status_code == 409  # no reason
    answer = officer.post(url("office_plan_change", change.pk), typed | {"remark:price_twd": "請附調價說明"})
    assert answer.status_code == 302
    supplier = desk(change.supplier)
    assert "請附調價說明" in supplier.get(url("supplier_plan_section", change.pk, "price")).content.decode()
    change.refresh_from_db()
    change = catalogue.save_change(
        change, {"price_twd": 61_500}, version=change.version, by=make.change_actor(change), at=NOW
    )
    change = catalogue.submit_change(change, version=change.version, by=make.change_actor(change), at=NOW)
    stale = officer.post(url("office_plan_change", change.pk), {"version": 1, "decision": "approve"})
    assert stale.status_code == 409
    assert queries.by_code(plan.code).current.price_twd == 60_000
    officer.post(url("office_plan_change", change.pk), {"version": change.version, "decision": "approve"})
    assert queries.by_code(plan.code).current.price_twd == 61_500


def test_reasons_typed_stay_when_the_decision_is_refused(officer: Client) -> None:
    make.programme()
    change = make.submitted_change()
    answer = officer.post(
        url("office_plan_change", change.pk),
        {"version": change.version, "decision": "return", "remark:no_such": "x", "remark:name": "名稱太長"},
    )
    assert answer.status_code == 409
    assert 'value="名稱太長"' in answer.content.decode()


@pytest.mark.rule("R-37")
def test_an_officer_finds_no_draft_that_was_never_sent(officer: Client) -> None:
    change = make.plan_change()
    assert officer.get(url("office_plan_change", change.pk)).status_code == 404


def test_delisting_needs_a_reason_and_only_the_office_undoes_its_own(officer: Client) -> None:
    make.programme()
    plan = make.plan()
    client = desk(plan.solution.supplier)
    assert client.post(url("supplier_plan_delisting", plan.code), {"reason": ""}).status_code == 200
    assert queries.by_code(plan.code)
    client.post(url("supplier_plan_delisting", plan.code), {"reason": "改版"})
    assert queries.by_code(plan.code) is None
    client.post(url("supplier_plan_relisting", plan.code), {"reason": "好了"})
    officer.post(url("office_plan_delisting", plan.code), {"reason": "內容不實"})
    page = client.post(url("supplier_plan_relisting", plan.code), {"reason": "拜託"})
    assert page.status_code == 409
    assert "聯絡承辦人員" in page.content.decode()
    officer.post(url("office_plan_relisting", plan.code), {"reason": "已改善"})
    assert queries.by_code(plan.code)
    assert "內容不實" in officer.get(url("office_plan", plan.code)).content.decode()


def _count(client: Client, where: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(where).status_code == 200
    return len(captured)


def test_lists_ask_the_database_the_same_however_many(officer: Client) -> None:
    make.programme()
    supplier = make.supplier()
    client = desk(supplier)

    def fill(count: int) -> None:
        for _ in range(count):
            make.plan(supplier)
            make.submitted_change(supplier)

    fill(2)
    pages = [
        (client, url("supplier_plans")),
        (officer, url("office_plans")),
        (officer, url("office_plans") + "?state=plans"),
    ]

    def counted() -> list[int]:
        for browser, where in pages:
            browser.get(where)  # what every page shows is read now
        return [_count(*page) for page in pages]

    few = counted()
    fill(4)
    assert counted() == few


def test_a_plans_page_shows_its_pictures_and_papers() -> None:
    make.programme()
    change = make.plan_change()
    by = make.change_actor(change)
    for data, kind, title in (
        (uploads.image(), "picture", "今日庫存"),
        (uploads.pdf(), "document", "操作手冊"),
    ):
        change = catalogue.attach_file(
            change, data, kind=kind, title=title, version=change.version, by=by, at=NOW
        )
    change = catalogue.submit_change(change, version=change.version, by=by, at=NOW)
    change = catalogue.approve_change(change, version=change.version, by=make.officer(), at=NOW)
    assert change.plan is not None
    page = Client().get(url("plan", change.plan.code)).content.decode()
    assert 'alt="今日庫存"' in page
    assert "操作手冊（PDF" in page
    for file in PlanFile.objects.all():
        assert url("plan_file", file.sha256) in page
