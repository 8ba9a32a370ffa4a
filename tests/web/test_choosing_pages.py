"""What a company keeps, asks, says and records about plans; nobody else's (R-37); supplier's and officers' side."""

import uuid

import pytest
from django.test import Client

from tcloud.choosing import operations
from tcloud.choosing.models import Choice, Comparison, Favourite, Question, Review, SavedSearch
from tcloud.core import clock
from tcloud.orders.models import Order
from tests import factories
from tests.choosing import scene
from tests.factories import NOW

pytestmark = pytest.mark.django_db
HOME = "/member/choosing/"


@pytest.fixture(autouse=True)
def friday():
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def plan(edition):
    return factories.plan()


@pytest.fixture
def company(edition):
    return factories.granted(edition)


def browser(company):
    return factories.signed_in(scene.person(company))


def staff(role):
    return factories.signed_in(factories.user(staff_role=role))


def seller(plan):
    return browser(plan.solution.supplier.company)


def text(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


def test_a_visitor_keeps_her_wish_through_sign_in(client, plan, company):
    page = text(client, f"/plans/{plan.code}/")
    wish = f"{HOME}favourites/{plan.code}/"
    assert f'href="{wish}"' in page
    asked = client.get(wish)
    assert asked.status_code == 302
    assert asked["Location"].endswith(f"?next={wish}")
    mine = browser(company)
    assert "收藏方案" in text(mine, wish)
    assert not Favourite.objects.exists()  # looking at it keeps nothing
    for _press in range(2):
        assert mine.post(wish).status_code == 302
    assert Favourite.objects.count() == 1
    assert "取消收藏" in text(mine, wish)
    mine.post(wish, {"remove": "1"})
    assert not Favourite.objects.exists()


def test_favourites_lead_back_to_our_own_pages_alone(plan, company):
    mine = browser(company)
    for target, expected in (
        (f"/plans/{plan.code}/", f"/plans/{plan.code}/"),
        ("https://evil.example/", HOME),
    ):
        answer = mine.post(f"{HOME}favourites/{plan.code}/", {"next": target})
        assert answer["Location"] == expected


def test_favourites_say_what_has_changed(plan, company):
    from tests.choosing.test_comparisons import new_version

    mine = browser(company)
    mine.post(f"{HOME}favourites/{plan.code}/")
    assert "沒有變動" in text(mine, HOME)
    new_version(plan, price_twd=54_000)
    assert "降價：收藏時NT$60,000，現在NT$54,000" in text(mine, HOME)


def test_searches_are_saved_from_the_list_with_their_conditions(plan, company):
    mine = browser(company)
    assert "/member/choosing/searches/new/?q=" in text(mine, "/plans/?q=庫存&category=stock&page=1")
    new = mine.get(f"{HOME}searches/new/?q=庫存&category=stock&sort=price")
    assert "目前有1個方案符合" in new.content.decode()
    query = new.context["form"].initial["query"]
    saved = mine.post(f"{HOME}searches/", {"name": "庫存", "mail": "on", "query": query})
    assert saved.status_code == 302
    search = SavedSearch.objects.get()
    assert search.next_mail_at is not None
    assert search.query in text(mine, f"{HOME}searches/").replace("&amp;", "&")
    again = mine.post(f"{HOME}searches/", {"name": "庫存", "query": "q=別的"})
    assert again.status_code == 409
    assert "已經有同名的搜尋" in again.content.decode()
    assert mine.post(f"{HOME}searches/", {"name": "", "query": query}).status_code == 422
    mine.post(f"{HOME}searches/{search.pk}/mail/", {"wanted": "0"})
    search.refresh_from_db()
    assert search.next_mail_at is None
    mine.post(f"{HOME}searches/{search.pk}/deletion/")
    assert not SavedSearch.objects.exists()


def saved_comparison(company, plans):
    return operations.save_comparison(
        company, "三家", scene.versions(plans), user=scene.person(company), by=scene.by(company), at=NOW
    )


def test_a_saved_comparison_shows_what_was_seen_and_what_changed_since(plan, company):
    from tests.choosing.test_comparisons import new_version

    mine, other = browser(company), factories.plan(price_twd=20_000)
    versions = scene.versions([plan, other])
    made = mine.post(f"{HOME}comparisons/", {"name": "兩家", "version": versions})
    kept = Comparison.objects.get()
    path = f"{HOME}comparisons/{kept.pk}/"
    assert made["Location"] == path
    new_version(plan, price_twd=54_000)
    page = text(mine, path)
    assert "價格由NT$60,000改為NT$54,000" in page
    assert "<td>NT$60,000</td>" in page
    assert "儲存後的變動" in mine.get(f"{path}comparison.csv").content.decode("utf-8-sig")
    assert mine.get(f"{path}comparison.ods").status_code == 200
    assert "兩家" in text(mine, f"{HOME}comparisons/")
    stale = mine.post(f"{HOME}comparisons/", {"name": "再一份", "version": versions})
    assert stale.status_code == 409
    for bad in ({"name": ""}, {"name": "x" * 61}, {"name": "x", "version": ["abc", "99999999999999999999"]}):
        assert mine.post(f"{HOME}comparisons/", bad).status_code == 409
    assert Comparison.objects.count() == 1


def test_a_comparison_is_sent_to_colleagues_only_and_not_without_end(plan, company):
    kept = saved_comparison(company, [plan, factories.plan()])
    colleague, stranger = factories.user(company), factories.user(factories.company())
    mine, path = browser(company), f"{HOME}comparisons/{kept.pk}/share/"
    assert mine.post(path, {"to": stranger.pk, "note": ""}).status_code == 422
    assert mine.post(path, {"to": colleague.pk, "note": "請看"}).status_code == 302
    assert colleague.name in text(mine, f"{HOME}comparisons/{kept.pk}/")
    answers = {mine.post(path, {"to": colleague.pk}).status_code for _press in range(20)}
    assert answers == {302, 429}


def order_form(mine, plan, company, **more):
    fresh = mine.get(f"/member/orders/new/{plan.code}/").context["form"]
    said = {
        "plan": plan.code, "version": plan.current_id, "key": fresh["key"].value(), "points": 30_000,
        "contact_name": "王小明", "contact_email": "owner@example.tw",
    }  # fmt: skip
    return mine.post("/member/orders/", said | more)


def test_an_order_is_created_with_its_reason_and_what_was_compared(plan, company):
    mine, other = browser(company), factories.plan(price_twd=20_000)
    considered = {"compare": [plan.code, other.code, "nope"]}
    shown = mine.get(f"/member/orders/new/{plan.code}/", considered).content.decode()
    assert f'name="compare" value="{other.code}"' in shown
    order_form(mine, plan, company, reason="匯入最省事", **considered)
    order, choice = Order.objects.get(), Choice.objects.get()
    assert [row.version for row in choice.considered.all()] == [other.current]
    page = text(mine, f"/member/orders/{order.number}/")
    assert "匯入最省事" in page
    assert "NT$20,000" in page


def test_a_reason_is_optional_and_never_holds_an_order_up(plan, company):
    mine = browser(company)
    order_form(mine, plan, company)
    order = Order.objects.get()
    assert not Choice.objects.exists()
    path = f"/member/orders/{order.number}/choice/"
    assert "記下選擇的理由" in text(mine, path)
    key = uuid.uuid4()
    assert mine.post(path, {"key": key}).status_code == 409
    for _press in range(2):
        assert mine.post(path, {"key": key, "reason": "後來補寫"}).status_code == 302
    assert Choice.objects.get().reason == "後來補寫"
    assert "後來補寫" in text(mine, path)


def test_the_supplier_never_reads_the_choice_and_the_auditor_does(plan, company, edition):
    order = factories.submitted(edition, company, plan)
    operations.record_choice(
        order, reason="只給自己看的理由", version_ids=[], key=uuid.uuid4(), user=scene.person(company),
        by=scene.by(company), at=NOW,
    )  # fmt: skip
    shown = text(seller(plan), f"/supplier/orders/{order.number}/")
    assert "只給自己看的理由" not in shown
    assert "選擇" not in shown
    assert "只給自己看的理由" in text(staff("auditor"), f"/office/orders/{order.number}/")


def test_a_review_is_written_revised_and_taken_back(plan, company, edition):
    mine, path = browser(company), f"{HOME}reviews/{plan.code}/"
    assert mine.get(path).status_code == 404  # not used yet
    scene.completed(edition, company, plan)
    assert plan.code in text(mine, f"{HOME}reviews/")
    said = {"rating": "4", "text": scene.PRAISE}
    for bad, status in (
        ({}, 422),
        (said | {"rating": "6"}, 422),
        (said | {"text": "請洽a@b.tw，我來介紹。"}, 409),
    ):
        assert mine.post(path, bad).status_code == status
    assert not Review.objects.exists()
    assert mine.post(path, said).status_code == 302
    assert mine.post(path, said | {"rating": "5", "shows_name": "on"}).status_code == 302
    assert (Review.objects.get().rating, Review.objects.get().shows_name) == (5, True)
    assert company.name in text(Client(), f"/plans/{plan.code}/reviews/")
    assert "不能復原" in text(mine, f"{path}withdrawal/")
    mine.post(f"{path}withdrawal/")
    assert Review.objects.get().state == "WITHDRAWN"
    assert mine.get(path).status_code == 302


def test_a_question_is_asked_answered_and_seen_by_both(plan, company):
    mine, theirs = browser(company), seller(plan)
    path = f"{HOME}questions/new/{plan.code}/"
    assert mine.post(path, {"text": "短"}).status_code == 409
    for _press in range(2):
        assert mine.post(path, {"text": scene.ASKED}).status_code == 302
    question = Question.objects.get()
    assert "待供應商回覆" in text(mine, f"{HOME}questions/")
    assert scene.ASKED[:20] in text(theirs, "/supplier/questions/")
    assert "1則企業提問等待回覆" in text(theirs, "/supplier/")
    answer = f"/supplier/questions/{question.pk}/"
    assert theirs.post(answer, {"text": "請洽sales@example.tw，謝謝。"}).status_code == 422
    for _press in range(2):
        assert theirs.post(answer, {"text": scene.ANSWER}).status_code == 302
    assert scene.ANSWER in text(mine, f"{HOME}questions/")
    assert scene.ANSWER in text(theirs, answer)


def test_an_unanswered_question_says_that_it_is_late(plan, company):
    scene.asked(company, plan)
    scene.answered(scene.asked(company, plan, text="第二個問題，請問可以匯入嗎？"))
    mine, theirs, officer = browser(company), seller(plan), staff("officer")
    assert scene.ASKED[:20] not in text(officer, "/office/voices/?kind=questions&state=LATE")
    with clock.moved_to(NOW.replace(day=29)):
        assert "供應商逾期未回覆" in text(mine, f"{HOME}questions/")
        assert "逾期未回覆" in text(theirs, "/supplier/questions/")
        shown = text(officer, "/office/voices/?kind=questions&state=LATE")
        assert scene.ASKED[:20] in shown
        assert "第二個問題" not in shown
        operations.note_late(at=clock.now())
        for path in (f"/plans/{plan.code}/", f"/suppliers/{plan.solution.supplier.slug}/"):
            assert "2則企業提問中，1則在期限內回覆。" in text(Client(), path)


def test_a_supplier_answers_reviews_of_its_own_plans(plan, company, edition):
    review = scene.reviewed(scene.completed(edition, company, plan))
    theirs = seller(plan)
    assert scene.PRAISE in text(theirs, "/supplier/reviews/")
    path = f"/supplier/reviews/{review.pk}/"
    assert theirs.post(path, {"text": "謝謝您的意見，下一版會改進。"}).status_code == 302
    assert "謝謝您的意見" in text(Client(), f"/plans/{plan.code}/")
    assert "謝謝您的意見" in text(theirs, path)
    pages = [(Client(), f"/plans/{plan.code}/"), (theirs, "/supplier/reviews/"), (theirs, path)]
    assert not any("回覆的是修改前的評價" in text(*page) for page in pages)
    operations.revise_review(
        review, rating=1, text="後來就沒有人回應了，很失望。", shows_name=False, by=scene.by(company), at=NOW
    )
    assert all("回覆的是修改前的評價" in text(*page) for page in pages)
    assert theirs.post(path, {"text": "謝謝您的意見，下一版會改進。"}).status_code == 302
    assert not any("回覆的是修改前的評價" in text(*page) for page in pages)


@pytest.mark.rule("R-37")
def test_nobody_elses_things_are_found(plan, company, edition):
    review = scene.reviewed(scene.completed(edition, company, plan))
    question = scene.asked(company, plan)
    kept = saved_comparison(company, [plan, factories.plan()])
    search = operations.save_search(
        company, "庫存", "q=x", mail=False, user=scene.person(company), by=scene.by(company), at=NOW
    )
    stranger, other_seller = browser(factories.granted(edition)), seller(factories.plan())
    pages = [f"{HOME}comparisons/{kept.pk}/{rest}" for rest in ("", "comparison.csv", "comparison.ods")]
    pages += [f"/member/orders/{review.order.number}/choice/", f"{HOME}reviews/{plan.code}/"]
    pages += [f"{HOME}reviews/{plan.code}/withdrawal/"]
    for path in pages:
        text(stranger, path, 404)
    acts = [f"{HOME}comparisons/{kept.pk}/{act}/" for act in ("share", "deletion")]
    acts += [f"{HOME}searches/{search.pk}/{act}/" for act in ("mail", "deletion")]
    acts += [f"{HOME}questions/{question.pk}/withdrawal/", f"{HOME}reviews/{plan.code}/withdrawal/"]
    for path in acts:
        assert stranger.post(path).status_code == 404, path
    for path in (f"/supplier/questions/{question.pk}/", f"/supplier/reviews/{review.pk}/"):
        text(other_seller, path, 404)
        assert other_seller.post(path, {"text": scene.ANSWER}).status_code == 404
    for listing in ("", "searches/", "comparisons/", "questions/", "reviews/"):
        shown = text(stranger, f"{HOME}{listing}")
        assert "三家" not in shown
        assert scene.ASKED not in shown
        assert scene.PRAISE not in shown


class TestModeration:
    @pytest.fixture
    def review(self, plan, company, edition):
        return scene.reviewed(scene.completed(edition, company, plan))

    def decide(self, client, thing, decision, reason="查看後決定", version=None):
        kind = "reviews" if isinstance(thing, Review) else "questions"
        thing.refresh_from_db()
        said = {
            "decision": decision,
            "reason": reason,
            "version": thing.version if version is None else version,
        }
        return client.post(f"/office/{kind}/{thing.pk}/", said)

    def test_a_report_leads_to_the_officers_and_is_handled_by_hiding_with_a_reason(
        self, review, plan, company
    ):
        reader = browser(factories.company())
        path = f"/reports/reviews/{review.pk}/"
        assert reader.post(path, {}).status_code == 422
        for _press in range(2):
            assert reader.post(path, {"why": "untrue", "note": "數字不對"}).status_code == 302
        officer = staff("officer")
        assert "有1件評價或提問的檢舉等待查看" in text(officer, "/office/")
        assert "有檢舉" in text(officer, "/office/voices/")
        assert "數字不對" in text(officer, f"/office/reviews/{review.pk}/")
        assert self.decide(officer, review, "hide", reason="").status_code == 422
        assert self.decide(officer, review, "hide", version=99).status_code == 409
        assert self.decide(officer, review, "hide", reason="內容不實").status_code == 302
        review.refresh_from_db()
        assert review.state == "HIDDEN"
        assert "內容不實" in text(browser(company), f"{HOME}reviews/")
        text(reader, path, 404)
        assert "只看已隱藏" not in text(officer, "/office/voices/?state=HIDDEN")
        assert self.decide(officer, review, "show").status_code == 302
        assert "承辦人員恢復評價" in text(officer, f"/office/reviews/{review.pk}/")

    def test_reports_are_let_stand(self, review):
        browser(factories.company()).post(f"/reports/reviews/{review.pk}/", {"why": "untrue"})
        officer = staff("officer")
        self.decide(officer, review, "stand")
        review.refresh_from_db()
        assert review.state == "PUBLISHED"
        assert "有檢舉" not in text(officer, "/office/voices/")

    def test_questions_are_hidden_and_brought_back(self, plan, company):
        question, officer = scene.answered(scene.asked(company, plan)), staff("officer")
        browser(factories.company()).post(f"/reports/questions/{question.pk}/", {"why": "personal"})
        assert "有檢舉" in text(officer, "/office/voices/?kind=questions")
        assert self.decide(officer, question, "hide").status_code == 302
        assert scene.ASKED not in text(Client(), f"/plans/{plan.code}/")
        assert self.decide(officer, question, "show").status_code == 302
        assert scene.ASKED in text(Client(), f"/plans/{plan.code}/")

    def test_an_auditor_reads_and_decides_nothing(self, review):
        auditor = staff("auditor")
        assert "隱藏</button>" not in text(auditor, f"/office/reviews/{review.pk}/")
        assert self.decide(auditor, review, "hide").status_code == 403


def test_lists_cost_the_same_whatever_their_length(plan, company, edition):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    mine, theirs, officer = browser(company), seller(plan), staff("officer")
    supplier = plan.solution.supplier
    pages = [(mine, f"{HOME}{rest}") for rest in ("", "searches/", "comparisons/", "questions/", "reviews/")]
    pages += [(theirs, "/supplier/questions/"), (theirs, "/supplier/reviews/")]
    pages += [(officer, "/office/voices/"), (officer, "/office/voices/?kind=questions")]

    def fill(number):
        other = factories.plan(supplier, price_twd=20_000)
        person, by = scene.person(company), scene.by(company)
        operations.add_favourite(company, other, user=person, by=by, at=NOW)
        operations.save_search(company, f"n{number}", f"q={number}", mail=True, user=person, by=by, at=NOW)
        operations.save_comparison(
            company, f"n{number}", scene.versions([plan, other]), user=person, by=by, at=NOW
        )
        scene.asked(company, other)
        buyer = factories.granted(edition)
        scene.reviewed(scene.completed(edition, buyer, other))

    def costs():
        found = []
        for client, path in pages:
            text(client, path)  # what every page shows is read now
            with CaptureQueriesContext(connection) as captured:
                text(client, path)
            found.append(len(captured))
        return found

    fill(1)
    before = costs()
    fill(2)
    fill(3)
    assert costs() == before
