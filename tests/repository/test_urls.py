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
SAMPLES = {"pk": 1, "session": 1, "session_id": 1, "number": "CE0000000000", "version": 1, "file": 1}
AGENT, EXPERT = frozenset({"support"}), frozenset({"expert"})

TABLE = {
    ANYBODY: """
        healthz gateway_callback gateway_codes newebpay_callback newebpay_codes home guide points_guide eligibility_check catalogue compare plan supplier contract_verify faq
        contact ledger ledger_digests ledger_verifier evidence_verifier ledger_digest ledger_digest_file sitemap policy
        styleguide styleguide_console error_sample account_login account_logout account_inactive account_signup
        account_reset_password account_reset_password_done account_reset_password_from_key
        account_reset_password_from_key_done mfa_authenticate card_sign_in card_sign_in_person join join_consent join_card
        join_authorisation join_check join_result join_return join_appeal join_account join_email join_code join_done
        plan_file compare_csv compare_ods plan_reviews plan_questions unsubscription chat_start chat_conversation
        chat_messages chat_ending chat_transcript ticket_new ticket_sent ticket ticket_confirmation ticket_reply
        ticket_closing ticket_file announcements robots sitemap_xml open_data open_data_csv open_data_json open_data_schema
        plans_feed faq_article faq_feedback plan_suggestions lead_code lead invitation
    """,
    SIGNED_IN: """
        after_sign_in account_reauthenticate account_change_password mfa_index mfa_reauthenticate mfa_activate_totp
        mfa_deactivate_totp mfa_view_recovery_codes mfa_generate_recovery_codes mfa_download_recovery_codes company_choice
        report_review report_question notices notices_reading notice_opening mail_settings mail_address mail_address_code
        mail_address_works
    """,
    MEMBER: """
        member_home assessment assessment_area assessment_answers assessment_submission assessment_result points points_csv
        points_ods points_grant order_list order_list_csv order_list_ods order_new order order_discarding order_contract order_contract_file
        order_acknowledgement order_signing order_signature order_signed order_submission order_calendar order_withdrawal
        order_confirmation order_dispute order_dispute_withdrawal order_payment order_payment_result order_transfer order_refund recommendations recommendations_why
        recommendations_industry recommendations_switch order_choice favourite_list favourite search_list search_new
        search_mail search_deletion comparison_list comparison comparison_csv comparison_ods comparison_share
        comparison_deletion review_list review_write review_withdrawal question_list question_ask question_withdrawal
        member_tickets member_ticket_new member_ticket member_ticket_reply member_ticket_closing member_ticket_file
        expert_requests expert_new expert_request expert_agreement expert_other_times expert_postponement expert_withdrawal
        expert_feedback expert_calendar expert_file people person_right person_removal invitation_revocation
        introduction_drop order_renewal order_request order_request_approval order_request_return order_request_withdrawal
        expert_feedback expert_calendar expert_file order_thread order_thread_file
        order_changes order_change_new order_change_decision order_summary order_summary_pdf
    """,
    SUPPLIER: """
        supplier_home supplier_orders supplier_orders_csv supplier_orders_ods supplier_order supplier_order_contract supplier_accept supplier_accept_sign
        supplier_decline supplier_invoice supplier_invoice_issuing supplier_invoice_provider supplier_invoice_voiding supplier_allowance supplier_allowance_cancellation
        supplier_deliver supplier_plans supplier_plan supplier_plan_new supplier_plan_edit
        supplier_plan_delisting supplier_plan_relisting supplier_plan_change supplier_plan_section supplier_plan_files
        supplier_plan_file_removal supplier_plan_preview supplier_plan_submission supplier_plan_recall
        supplier_plan_withdrawal supplier_plan_file supplier_questions supplier_question supplier_reviews supplier_review
        supplier_leads supplier_lead supplier_lead_picture supplier_lead_ending
        supplier_order_thread supplier_order_thread_file supplier_order_changes supplier_order_change_new
        supplier_order_change_decision supplier_order_calendar supplier_order_summary supplier_order_summary_pdf
        supplier_refund supplier_transfer supplier_payment_accounts
    """,
    OFFICE: """
        office_home office_applications office_application office_orders office_orders_csv office_orders_ods office_order office_order_contract
        office_order_evidence office_settle_dispute office_refund office_part_refund office_refunds office_refund_owed office_refund_again office_bank_receipt
        office_bank_receipt_file office_payment_accounts office_statements office_statement office_difference office_programme office_programme_open
        office_programme_pause office_programme_close office_programme_numbers office_appropriate office_reduce office_waiting
        office_reversal_request office_reversals office_reversal office_scans office_events office_books office_books_day
        office_entry_proof office_points office_grant office_calendar office_closure office_closure_revocation
        office_calendar_import office_clock office_clock_move office_contract_templates office_contract_template
        office_contract_template_draft office_contract_template_edit office_contract_template_preview
        office_contract_template_publication office_contract_template_discard office_questionnaires office_questionnaire
        office_questionnaire_publication office_questionnaire_discarding office_questionnaire_preview
        office_questionnaire_result office_questionnaire_area office_question_new office_question office_question_condition
        office_option_new office_option office_plans office_plan_change office_plan office_plan_delisting
        office_plan_relisting office_plan_file office_voices office_review office_text_support office_text_support_revocation
        office_contact office_announcements office_announcement_new office_announcement office_announcement_words
        office_announcement_publication office_announcement_withdrawal office_announcement_discarding office_expert_requests
        office_experts office_expert_profile office_expert_request office_expert_assign office_expert_decline
        office_expert_closure office_expert_note office_expert_file office_faq office_faq_new office_faq_article office_faq_draft office_faq_preview
        office_faq_discard office_faq_version office_faq_restore office_faq_publish office_faq_unpublish office_synonyms
        office_synonyms_new office_synonym_group office_synonym_removal office_plan_question
        office_order_thread office_order_thread_file office_order_summary office_order_summary_pdf
    """,
    SUPPORT: """
        support_home
    """,
    AGENT: """
        support_inbox support_presence support_closed support_conversation support_assignment support_messages
        support_handover support_closing support_disclosure support_answers support_answer_new support_answer
        support_answer_retirement support_tickets support_ticket support_ticket_answer support_ticket_note
        support_ticket_assignment support_ticket_closing support_ticket_look support_ticket_file support_mails support_mail
        support_mail_adding support_mail_opening support_mail_dismissal support_faq support_faq_new support_faq_article
        support_faq_draft support_faq_preview support_faq_discard support_faq_version support_faq_restore
    """,
    EXPERT: """
        support_visits support_profile support_visit support_visit_proposal support_visit_return support_visit_postponement
        support_visit_record support_visit_missed support_visit_note support_visit_report support_visit_calendar
        support_visit_file
    """,
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
