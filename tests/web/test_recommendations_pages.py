"""為您推薦 through the pages: the list, why, the industry, the switch, the blocks elsewhere; only of one's own company (R-37)."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tcloud.catalogue import shipped
from tcloud.recommendations.models import Preference
from tcloud.recommendations.queries import category_needs
from tests import factories
from tests.recommendations.conftest import assessed
from tests.web.order_pages import browser, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def company(outside, edition):
    from tcloud.assessment import operations as assessment

    assessment.publish_first(at=factories.NOW)
    return assessed(edition, industry="wholesale_retail", staff_count="under_30")


@pytest.fixture
def member(company):
    return browser(company)


def test_list_says_why_and_what_it_costs(member):
    plan = factories.plan(price_twd=20_000, industries=["47", "56"], employees_from=1, employees_to=10)
    dearer = factories.plan(price_twd=80_000, trial=True)
    text = page(member.get(reverse("recommendations")))
    for sentence in (
        "因為您要到架上看才知道庫存。",
        "這個方案NT$20,000，點數折抵10,000點，您付NT$10,000。",
        "這個方案NT$80,000，點數折抵30,000點，您付NT$50,000。",
        "您的點數不夠折抵一半，要多付NT$10,000。",
        "為零售業設計，與貴公司的行業相近。",
        "適合10人以下的企業，符合貴公司的規模。",
        "只含3人使用。",
        "沒有免費試用。",
        "可以先試用再決定。",
        "同一類較省的選擇：",
        "批發及零售業",
        "5到29人",
    ):
        assert sentence in text, sentence
    assert text.index(plan.code) < text.index(dearer.code)


def test_list_reads_in_english_too(member):
    factories.plan(price_twd=20_000)
    text = page(member.get("/en" + reverse("recommendations")))
    assert "Because you look at the shelves to know your stock." in text
    assert "This plan costs NT$20,000: 10,000 points and NT$10,000 from you." in text
    main = text[text.index("<main") : text.index("</main>")]
    assert not re.findall(r"[\u4e00-\u9fff]{2,}設計|因為|沒有", main)


def test_list_leads_to_the_assessment_first(outside, edition):
    factories.plan()
    text = page(browser(factories.participant(edition)).get(reverse("recommendations")))
    assert "先填自評表" in text
    assert reverse("assessment") in text
    assert "NT$" not in text


def test_list_says_when_nothing_suits_and_what_is_already_ordered(member, company, edition):
    assert "目前沒有適合推薦的方案" in page(member.get(reverse("recommendations")))
    factories.submitted(edition, company, factories.plan())
    assert "您已有訂單的類別不再推薦：進貨銷貨與庫存" in page(member.get(reverse("recommendations")))


def test_list_asks_for_an_industry_that_nobody_knows(outside, edition):
    from tcloud.assessment import operations as assessment

    assessment.publish_first(at=factories.NOW)
    client = browser(assessed(edition, industry="other"))
    assert "目前不知道貴公司的行業" in page(client.get(reverse("recommendations")))
    assert client.post(reverse("recommendations_industry"), {"division": "81"}).url == reverse(
        "recommendations"
    )
    text = page(client.get(reverse("recommendations")))
    assert "行業已更新" in text
    assert "建築物及綠化服務業" in text


def test_why_shows_the_factors_and_the_data(member):
    factories.plan()
    text = page(member.get(reverse("recommendations_why")))
    for sentence in ("漲價絕不會讓方案往前排", "少於10家的數字不保存", "來源：您的自評表", "30,000 點"):
        assert sentence in text, sentence


@pytest.mark.parametrize("division", ["99", "x", "4７"])
def test_industry_is_chosen_from_the_list(member, division):
    answer = member.post(reverse("recommendations_industry"), {"division": division})
    assert "請從清單中選擇行業。" in page(answer, 422)
    assert not Preference.objects.exists()


@pytest.mark.rule("R-36")
def test_switch_ends_and_begins_recommendations_everywhere(member):
    plan = factories.plan()
    home, listed = reverse("member_home"), reverse("recommendations")
    assert plan.code in page(member.get(home))
    member.post(reverse("recommendations_switch"), {"personal": "off"})
    text = page(member.get(home))
    assert plan.code not in text
    assert reverse("recommendations_why") + "#switch" in text  # the way back
    text = page(member.get(listed))
    assert plan.code not in text
    assert "個人化推薦已關閉" in text
    member.post(reverse("recommendations_switch"), {"personal": "on"})
    assert plan.code in page(member.get(listed))


def test_blocks_stand_in_the_member_centre_and_on_the_result_with_a_comparison(member):
    plans = [
        factories.plan(category=code, price_twd=20_000) for code in ("stock", "payroll", "backup", "project")
    ]
    for name in ("member_home", "assessment_result"):
        text = page(member.get(reverse(name)))
        shown = [plan for plan in plans if reverse("plan", args=[plan.code]) in text]
        assert len(shown) == 3
        assert reverse("compare") + "?compare=" in text
    (address,) = re.findall(r'href="([^"]*\?compare=[^"]+)"', text)
    assert shown[0].current.name in page(Client().get(address.replace("&amp;", "&")))


@pytest.mark.rule("R-37")
def test_pages_show_nothing_of_another_company(member, company, edition):
    factories.plan()
    Preference.objects.create(company=company, division="56", changed_at=factories.NOW)
    stranger = browser(factories.participant(edition))
    for name in ("recommendations", "recommendations_why"):
        text = page(stranger.get(reverse(name)))
        assert "餐飲業</option>" not in text or 'value="56" selected' not in text
        assert "因為您" not in text
    stranger.post(reverse("recommendations_switch"), {"personal": "off"})
    assert Preference.objects.get(company=company).is_personal


def test_list_asks_a_constant_number_of_questions(member, django_assert_max_num_queries):
    factories.plan()
    with django_assert_max_num_queries(30) as first:
        member.get(reverse("recommendations"))
    for number in range(8):
        factories.plan(category=("payroll", "backup", "project", "stock")[number % 4])
    with django_assert_max_num_queries(len(first)):
        member.get(reverse("recommendations"))


def test_search_of_a_company_ranks_by_its_need(company, member, client, edition):
    needs = category_needs(company, edition)
    most = max(needs, key=lambda code: needs[code])
    least = next(
        row["code"] for row in shipped.rows("categories") if row.get("parent") and row["code"] not in needs
    )
    needed = factories.plan(plan_zh="好物", category=most)
    other = factories.plan(plan_zh="好物", category=least, at=factories.NOW + timedelta(days=1))
    address = reverse("catalogue") + "?q=好物"
    anybody, mine = (page(each.get(address)) for each in (client, member))
    assert anybody.index(other.code) < anybody.index(needed.code)  # the newest first
    assert mine.index(needed.code) < mine.index(other.code)
    assert "您自評需要的類別排在前面" in mine
    assert "您自評需要的類別排在前面" not in anybody
    member.post(reverse("recommendations_switch"), {"personal": "off"})
    assert "您自評需要的類別排在前面" not in page(member.get(address))
