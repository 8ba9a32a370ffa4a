"""Who may open what. An address that is not in the table fails: nobody adds a page without saying who may see it (R-37)."""

import itertools
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from tcloud.assessment import operations as assessment
from tests import factories

ANYBODY, SIGNED_IN = frozenset(), frozenset({"member", "supplier", "officer", "auditor", "support", "expert"})
MEMBER, SUPPLIER = frozenset({"member"}), frozenset({"supplier"})
OFFICE, SUPPORT = frozenset({"officer", "auditor"}), frozenset({"support", "expert"})
SAMPLES = {"pk": 1, "session": 1, "session_id": 1, "number": "CE0000000000"}

TABLE = {
    ANYBODY: """
        healthz gateway_callback home guide points_guide eligibility_check catalogue plan_suggestions compare plan supplier contract_verify faq contact
        ledger ledger_digests ledger_verifier ledger_digest ledger_digest_file
        sitemap policy styleguide styleguide_console error_sample
        account_login account_logout account_inactive account_signup account_reset_password account_reset_password_done
        account_reset_password_from_key account_reset_password_from_key_done mfa_authenticate
        card_sign_in card_sign_in_person
        join join_consent join_card join_authorisation join_check join_result join_return join_appeal join_account join_email
        join_code join_done
    """,
    SIGNED_IN: """
        after_sign_in account_reauthenticate account_change_password mfa_index mfa_reauthenticate mfa_activate_totp
        mfa_deactivate_totp mfa_view_recovery_codes mfa_generate_recovery_codes mfa_download_recovery_codes company_choice
    """,
    MEMBER: """
        member_home assessment assessment_area assessment_answers assessment_submission assessment_result points points_csv points_ods points_grant
        order_list order_new order order_discarding order_contract order_contract_file order_acknowledgement order_signing
        order_signature order_signed order_submission order_calendar order_withdrawal order_confirmation order_dispute
        order_payment order_payment_result
    """,
    SUPPLIER: """
        supplier_home supplier_orders supplier_order supplier_order_contract supplier_accept supplier_accept_sign
        supplier_decline supplier_invoice supplier_deliver supplier_plans
    """,
    OFFICE: """
        office_home office_applications office_application office_orders office_order office_order_contract
        office_settle_dispute office_refund office_programme office_programme_open office_programme_pause
        office_programme_close office_programme_numbers office_appropriate office_reduce office_waiting
        office_reversal_request office_reversals office_reversal office_scans office_events office_books
        office_books_day office_entry_proof office_points office_grant
        office_calendar office_closure office_closure_revocation office_calendar_import
        office_clock office_clock_move
        office_synonyms office_synonyms_new office_synonym_group office_synonym_removal
    """,
    SUPPORT: "support_home",
}
WHO = {name: who for who, names in TABLE.items() for name in names.split()}


def addresses(patterns=None, prefix=""):
    """(name, pattern) of every address of the site."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLPattern):
            yield pattern.name, pattern
        else:
            yield from addresses(pattern.url_patterns)


PATTERNS = dict(addresses())
GUARDED = sorted(name for name, who in WHO.items() if who)


def path_of(name):
    parameters = PATTERNS[name].pattern.converters or PATTERNS[name].pattern.regex.groupindex
    return reverse(name, kwargs={key: SAMPLES.get(key, "sample") for key in parameters})


def test_every_address_is_in_the_table():
    assert set(PATTERNS) == set(WHO), "say in TABLE who may open it"


@pytest.mark.rule("R-37")
@pytest.mark.django_db
def test_strangers_are_sent_to_sign_in(client):
    astray = {}
    for name, method in itertools.product(GUARDED, ("get", "post")):
        answer = getattr(client, method)(path_of(name))
        to_sign_in = answer.status_code == 302 and urlsplit(answer["Location"]).path == reverse(
            "account_login"
        )
        if not to_sign_in and answer.status_code != 403:
            astray[name, method] = answer.status_code
    assert astray == {}


@pytest.fixture
def people():
    """A signed-in browser of every role."""
    assessment.publish_first(at=factories.NOW)
    company = factories.participant(factories.programme(code="tcloud"))
    users = {"member": factories.user(company), "supplier": factories.user(factories.supplier().company)}
    users |= {role: factories.user(staff_role=role) for role in ("officer", "auditor", "support", "expert")}
    browsers = {role: Client() for role in users}
    for role, browser in browsers.items():
        browser.force_login(users[role], backend="django.contrib.auth.backends.ModelBackend")
    return browsers


@pytest.mark.rule("R-37")
@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_pages_are_closed_to_the_wrong_people(people, method):
    """Whoever may not open a page is refused; whoever may is not refused for who she is; auditors only read."""
    wrong = {}
    for name in GUARDED:
        if WHO[name] == SIGNED_IN:
            continue
        let_in = {
            role
            for role, browser in people.items()
            if getattr(browser, method)(path_of(name)).status_code != 403
        }
        may = WHO[name] if method == "get" else WHO[name] - {"auditor"}
        if let_in != may:
            wrong[name] = sorted(let_in)
    assert wrong == {}
