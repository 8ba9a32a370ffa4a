"""Invoices by the supplier's provider over the real protocol: issued once whatever gets lost, voided and lowered (R-24, R-27)."""

from datetime import timedelta

import httpx
import pytest
from django.urls import reverse

from sandbox.einvoice import cipher
from sandbox.world import World
from tcloud.adapters.einvoice.client import EcpayB2B, http_client
from tcloud.adapters.einvoice.port import ProviderUnavailable
from tcloud.adapters.merchant import Credentials
from tcloud.core import clock
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.invoices import provider as provider_module
from tcloud.invoices.models import Allowance, InvoiceFile, ProviderAccount, ProviderRequest
from tcloud.orders import operations
from tcloud.orders.models import Obligation
from tcloud.payments.models import Invoice
from tests import factories
from tests.factories import NOW
from tests.web.order_pages import browser, page

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def order(world: World):
    world.clock.move_to(NOW)
    edition = factories.programme()
    return factories.paid(edition, factories.granted(edition))


@pytest.fixture
def provider(world, order):
    keys = Credentials(cipher.MERCHANT_ID, cipher.HASH_KEY, cipher.HASH_IV)
    url = f"{world.base_url}/einvoice"
    with http_client(timeout_seconds=5) as client:
        yield EcpayB2B(client, url, keys, seller_ubn=order.supplier.company.ubn)


def issue(order, provider, at=NOW):
    return operations.issue_by_provider(order, provider=provider, by=factories.supplier_actor(order), at=at)


def at_provider(http: httpx.Client, order):
    listed = http.get("/control/einvoice/invoices").json()
    return [row for row in listed if row["relate_number"].startswith(order.number)]


def refusal_of(act, *args, **options):
    with pytest.raises(Refusal) as refused:
        act(*args, **options)
    return refused.value.code


@pytest.mark.rule("R-24")
def test_one_press_issues_records_and_checks_the_invoice(order, provider, http):
    invoice = issue(order, provider)
    (there,) = at_provider(http, order)
    assert (invoice.number, invoice.source, invoice.total_twd) == (there["number"], "provider", 60_000)
    assert there["relate_number"] == f"{order.number}01"
    assert InvoiceFile.objects.get().kind == "answer"
    assert Obligation.objects.get(order=order, kind="invoice").fulfilled_at == NOW
    assert refusal_of(issue, order, provider) == "invoice.already"
    assert len(at_provider(http, order)) == 1


@pytest.mark.rule("R-24")
def test_a_lost_answer_is_asked_about_and_never_issued_again(order, provider, world, http):
    world.switches.set("einvoice", "garbage")
    assert refusal_of(issue, order, provider) == "provider.unknown"
    assert not Invoice.objects.exists()
    assert len(at_provider(http, order)) == 1
    world.switches.reset()
    assert issue(order, provider).number == at_provider(http, order)[0]["number"]
    assert len(at_provider(http, order)) == 1
    assert ProviderRequest.objects.get().outcome == "done"


@pytest.mark.rule("R-24")
def test_presses_at_once_issue_one(order, provider, http, at_once):
    results = at_once(*(lambda: issue(order, provider) for _ in range(3)))
    assert Invoice.objects.count() == len(at_provider(http, order)) == 1, results
    assert all(
        isinstance(each, Invoice) or each.code in ("invoice.already", "provider.unknown") for each in results
    )


def test_a_provider_out_of_reach_or_with_other_keys_changes_nothing(order, world, http):
    by = {"by": factories.supplier_actor(order), "at": NOW}
    wrong = Credentials(cipher.MERCHANT_ID, "x" * 16, "y" * 16)
    with http_client() as client:
        stranger = EcpayB2B(client, f"{world.base_url}/einvoice", wrong, seller_ubn="1")
        assert refusal_of(operations.issue_by_provider, order, provider=stranger, **by) == "provider.refused"
        nowhere = EcpayB2B(client, "http://127.0.0.1:9", wrong, seller_ubn="1")
        assert (
            refusal_of(operations.issue_by_provider, order, provider=nowhere, **by) == "provider.unavailable"
        )
    assert not Invoice.objects.exists()
    assert at_provider(http, order) == []
    assert "xxxx" not in repr(stranger)


@pytest.mark.rule("R-27")
def test_the_provider_voids_its_invoice_once_even_when_the_answer_is_lost(order, provider, world, http):
    issue(order, provider)
    by = {"reason": "品名錯誤", "provider": provider, "by": factories.supplier_actor(order), "at": NOW}
    world.switches.set("einvoice", "garbage")
    assert refusal_of(operations.void_by_provider, order, **by) == "provider.unknown"
    assert Invoice.objects.get().is_valid
    world.switches.reset()
    assert not operations.void_by_provider(order, **by).is_valid
    assert at_provider(http, order)[0]["voided"] == "品名錯誤"
    assert refusal_of(operations.void_by_provider, order, **by) == "invoice.none"
    assert issue(order, provider).number == at_provider(http, order)[1]["number"]


@pytest.mark.rule("R-27")
def test_the_provider_lowers_its_invoice_and_never_twice(order, provider, world, http):
    issue(order, provider)

    def allow(sales, tax, at=NOW):
        return operations.allow_by_provider(
            order, sales_twd=sales, tax_twd=tax, reason="折扣", provider=provider,
            by=factories.supplier_actor(order), at=at,
        )  # fmt: skip

    made = allow(10_000, 500)
    assert at_provider(http, order)[0]["allowances"][0]["number"] == made.number
    assert refusal_of(allow, 50_000, 2_500) == "invoice.mismatch"  # before anything is sent
    original, provider._post = provider._post, lambda what, body: _lost(what, original(what, body))
    assert refusal_of(allow, 1_000, 50) == "provider.unknown"
    provider._post = original
    assert refusal_of(allow, 1_000, 50) == "provider.busy"
    assert refusal_of(allow, 1_000, 50, NOW + timedelta(minutes=3)) == "provider.allowance_made"
    assert [row["sales"] for row in at_provider(http, order)[0]["allowances"]] == [10_000, 1_000]


def _lost(what, answer):
    from tcloud.adapters.einvoice.port import ProviderOutcomeUnknown

    if what == "Allowance":
        raise ProviderOutcomeUnknown("lost")
    return answer


@pytest.fixture
def later(order, provider):
    """Look for lost answers some minutes after NOW: how many were settled."""
    ProviderAccount.objects.create(company=order.supplier.company, merchant_id="1", sealed="", changed_at=NOW)
    return lambda minutes: operations.settle_provider_requests(
        connect=lambda _account: provider, at=NOW + timedelta(minutes=minutes)
    )


@pytest.mark.rule("R-24")
def test_lost_answers_are_looked_for_unasked_once_nothing_can_be_under_way(
    order, provider, world, http, later
):
    world.switches.set("einvoice", "garbage")
    assert refusal_of(issue, order, provider) == "provider.unknown"
    assert later(3) == 0  # the provider is still out of order
    world.switches.reset()
    assert later(1) == 0
    assert [later(3), later(3)] == [1, 0]
    assert Invoice.objects.get().number == at_provider(http, order)[0]["number"]
    world.switches.set("einvoice", "garbage")
    by = {"reason": "品名錯誤", "provider": provider, "by": factories.supplier_actor(order), "at": NOW}
    assert refusal_of(operations.void_by_provider, order, **by) == "provider.unknown"
    world.switches.reset()
    assert [later(3), later(3)] == [1, 0]
    assert not Invoice.objects.get().is_valid
    assert Event.objects.get(type="invoice.voided").actor_kind == "system"
    assert Obligation.objects.filter(order=order, kind="reissue", fulfilled_at=None).exists()


@pytest.mark.rule("R-24", "R-27")
def test_an_invoice_found_after_a_refund_is_kept_and_to_be_given_back(order, provider, world, later):
    world.switches.set("einvoice", "garbage")
    assert refusal_of(issue, order, provider) == "provider.unknown"
    world.switches.reset()
    operations.refund(order, reason="停止服務", by=factories.officer(), at=NOW)
    assert later(3) == 1
    assert Invoice.objects.get().is_valid
    assert Obligation.objects.filter(order=order, kind="credit", fulfilled_at=None, lifted_at=None).exists()


@pytest.mark.rule("R-27")
def test_what_was_never_sent_is_not_sent_in_place_of_what_is_asked_next(order, provider, later):
    issue(order, provider)
    asked = {"reason": "折扣", "provider": provider, "by": factories.supplier_actor(order), "at": NOW}
    original = provider._post

    def unreachable(what, body):
        if what == "Allowance":
            raise ProviderUnavailable("down")
        return original(what, body)

    provider._post = unreachable
    assert (
        refusal_of(operations.allow_by_provider, order, sales_twd=1_000, tax_twd=50, **asked)
        == "provider.unavailable"
    )
    provider._post = original
    assert later(3) == 0
    assert operations.allow_by_provider(order, sales_twd=2_000, tax_twd=100, **asked).sales_twd == 2_000


@pytest.mark.rule("R-37")
def test_a_supplier_sets_its_account_and_presses_one_button(order, world, http, settings):
    settings.DEBUG = True  # the account is the published test account
    settings.INVOICE_PROVIDER = {"url": f"{world.base_url}/einvoice", "timeout_s": 5.0}
    desk = browser(order.supplier.company)
    with clock.moved_to(NOW):
        url = reverse("supplier_invoice_provider")
        assert desk.get(url)["Location"].startswith(reverse("account_reauthenticate"))
        desk.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})
        keys = {"merchant_id": cipher.MERCHANT_ID, "hash_key": cipher.HASH_KEY, "hash_iv": cipher.HASH_IV}
        assert "各為16碼" in page(desk.post(url, keys | {"hash_iv": "short"}))
        assert desk.post(url, keys).status_code == 302
        account = ProviderAccount.objects.get()
        assert cipher.HASH_KEY not in account.sealed
        text = page(desk.get(url))
        assert cipher.MERCHANT_ID in text
        assert cipher.HASH_KEY not in text
        assert cipher.HASH_KEY not in str(Event.objects.get(type="invoice_provider.changed").data)
        issuing = reverse("supplier_invoice_issuing", args=[order.number])
        assert "由平台開立發票" in page(desk.get(reverse("supplier_invoice", args=[order.number])))
        stranger = browser(factories.supplier().company)
        assert stranger.post(issuing).status_code == 404
        world.switches.set("einvoice", "fail")
        answer = desk.post(issuing)
        assert "不會重複" in page(answer)
        world.switches.reset()
        assert desk.post(issuing).status_code == 302
        assert desk.post(issuing).status_code == 302
        assert len(at_provider(http, order)) == 1
        allowing = {"issued_on_year": "2027", "issued_on_month": "1", "issued_on_day": "15", "sales_twd": "100",
                    "tax_twd": "5", "reason": "折扣", "provider": "1", "number": ""}  # fmt: skip
        assert desk.post(reverse("supplier_allowance", args=[order.number]), allowing).status_code == 302
        allowance = Allowance.objects.get()
        assert allowance.source == "provider"
        cancelled = reverse("supplier_allowance_cancellation", args=[order.number, allowance.pk])
        day = {"on_year": "2027", "on_month": "1", "on_day": "15", "reason": "打錯"}
        assert desk.post(cancelled, day).status_code == 302
    provider_module._http(5.0).close()
    provider_module._http.cache_clear()
