"""The page on which the parties of an order write to each other."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tcloud.core import clock
from tcloud.orders.models import OrderMessage
from tests import factories
from tests.factories import NOW
from tests.web.order_pages import browser, hidden, page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("moment")]


@pytest.fixture
def moment():
    cache.clear()
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def order(moment):
    edition = factories.programme(code="tcloud")
    return factories.accepted(edition, factories.granted(edition))


def staff(role):
    return factories.signed_in(factories.user(staff_role=role))


@pytest.fixture
def company(order):
    return browser(order.company)


@pytest.fixture
def supplier(order):
    return browser(order.supplier.company)


def paths(order):
    return (
        f"/member/orders/{order.number}/",
        f"/supplier/orders/{order.number}/",
        f"/office/orders/{order.number}/",
    )


def write(client, path, text="何時可以開通？", **more):
    said = {"key": hidden(page(client.get(f"{path}messages/")), "key"), "body": text}
    return client.post(f"{path}messages/", said | more)


def test_parties_write_and_see_what_is_new(order, company, supplier):
    mine, theirs, office = paths(order)
    assert "還沒有留言" in page(company.get(f"{mine}messages/"))
    answer = write(
        company, mine, "何時可以開通？<b>", attachments=SimpleUploadedFile("規格.pdf", b"%PDF-1.7")
    )
    assert answer["Location"] == f"{mine}messages/#newest"
    assert "1則未讀" in page(supplier.get(theirs))
    text = page(supplier.get(f"{theirs}messages/"))
    assert "何時可以開通？&lt;b&gt;" in text
    assert 'id="newest"' in text
    assert ">未讀</span>" in text
    assert "則未讀" not in page(supplier.get(theirs))
    write(supplier, theirs, "下週一")
    assert "1則未讀" in page(company.get(mine))
    officer = staff("officer")
    write(officer, office, "請雙方保留紀錄")
    assert "執行單位附註" in page(company.get(f"{mine}messages/"))
    assert "執行單位寫下附註" in page(company.get(mine))
    assert "何時可以開通" in page(officer.get(f"{office}messages/"))


@pytest.mark.rule("R-37")
def test_files_are_for_the_parties_and_the_office_alone(order, company, supplier):
    mine, theirs, office = paths(order)
    write(company, mine, attachments=SimpleUploadedFile("規格.pdf", b"%PDF-1.7"))
    place = f"messages/files/{OrderMessage.objects.get().files.get().pk}/"
    for client, path in ((company, mine), (supplier, theirs), (staff("auditor"), office)):
        got = client.get(path + place)
        assert got.content == b"%PDF-1.7"
        assert got.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in got.headers["Content-Security-Policy"]
    other = factories.accepted(order.programme, factories.granted(order.programme))
    strangers = (
        (browser(other.company), "/member/orders/"),
        (browser(other.supplier.company), "/supplier/orders/"),
    )
    for client, path in strangers:
        assert client.get(f"{path}{order.number}/messages/").status_code == 404
        assert client.get(f"{path}{order.number}/{place}").status_code == 404
        assert client.get(f"{path}{other.number}/{place}").status_code == 404
    assert staff("support").get(f"{office}messages/").status_code == 403
    assert staff("auditor").post(f"{office}messages/", {}).status_code == 403
    assert "<textarea" not in page(staff("auditor").get(f"{office}messages/"))


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([SimpleUploadedFile("a.pdf", b"MZ")], "不是可以附上的檔案"),
        ([SimpleUploadedFile(f"{n}.txt", b"x") for n in range(4)], "一次最多附3個"),
    ],
)
def test_what_can_not_be_sent_is_said_and_the_words_are_kept(order, company, files, said):
    text = page(write(company, paths(order)[0], "很長的一段話", attachments=files), 422)
    assert said in text
    assert "很長的一段話" in text
    assert not OrderMessage.objects.exists()


@pytest.mark.rule("R-38")
def test_page_used_twice_keeps_the_second_text_and_sends_it_next(order, company):
    path = f"{paths(order)[0]}messages/"
    said = {"key": hidden(page(company.get(path)), "key"), "body": "第一則"}
    for _ in range(2):
        assert company.post(path, said).status_code == 302
    text = page(company.post(path, said | {"body": "第二則"}), 409)
    assert "第二則</textarea>" in text
    assert company.post(path, {"key": hidden(text, "key"), "body": "第二則"}).status_code == 302
    assert OrderMessage.objects.count() == 2


def test_closed_thread_says_why_and_is_read_only(order, company):
    mine = paths(order)[0]
    write(company, mine)
    type(order).objects.filter(pk=order.pk).update(ended_at=NOW)
    assert "還可以在這裡聯絡到" in page(company.get(f"{mine}messages/"))
    with clock.moved_to(NOW + timedelta(days=91)):
        text = page(company.get(f"{mine}messages/"))
        assert "已經關閉" in text
        assert "訂單結束90天後不再收新的留言" in text
        assert "<textarea" not in text
        assert "何時可以開通" in text


def test_writing_is_limited(order, company):
    path = f"{paths(order)[0]}messages/"
    codes = [company.post(path, {"body": ""}).status_code for _ in range(31)]
    assert codes == [422] * 30 + [429]


def test_long_thread_comes_in_pages_with_the_same_queries(order, company):
    path = f"{paths(order)[0]}messages/"
    add = lambda n: OrderMessage.objects.bulk_create(  # noqa: E731
        OrderMessage(
            order=order, kind="company", author_name="王", body=f"第{i}句", request_key=f"r{i}", at=NOW
        )
        for i in n
    )
    add(range(1))
    company.get(path)  # what every page shows is read now
    with CaptureQueriesContext(connection) as few:
        page(company.get(path))
    add(range(1, 60))
    with CaptureQueriesContext(connection) as many:
        text = page(company.get(path))
    assert len(many) == len(few)
    assert "第59句" in text
    assert "第9句<" not in text
    (older,) = re.findall(r'href="([^"]*\?before=\d+)"', text)
    assert "第9句<" in page(company.get(older))
