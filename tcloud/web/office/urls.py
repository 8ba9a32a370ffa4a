"""Addresses under office/. `page` puts every one of them behind the role: none can be forgotten."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, path

from tcloud.web.office import (
    acts,
    announcements,
    books,
    calendar,
    contact,
    contract_templates,
    edition,
    experts,
    faq,
    plans,
    points,
    questionnaire_editing,
    questionnaires,
    refunds,
    rehearsal,
    reversals,
    scans,
    synonyms,
    text_support,
    views,
    voices,
    waiting,
)
from tcloud.web.office.access import office_page


def page(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    """A page that only officers and auditors may open, and only officers may post to."""
    return path(route, office_page(view), name=name)


urlpatterns = [
    page("", views.home, "office_home"),
    page("applications/", acts.application_list, "office_applications"),
    page("applications/<int:pk>/", acts.application_page, "office_application"),
    page("orders/", views.order_list, "office_orders"),
    page("orders/<str:number>/", views.order_page, "office_order"),
    page("orders/<str:number>/contract.pdf", views.contract_file, "office_order_contract"),
    page("orders/<str:number>/evidence.zip", views.evidence_file, "office_order_evidence"),
    page("orders/<str:number>/settlement/", acts.settle_dispute, "office_settle_dispute"),
    page("orders/<str:number>/refund/", acts.refund, "office_refund"),
    page("orders/<str:number>/part-refund/", acts.part_refund, "office_part_refund"),
    page("refunds/", refunds.refund_list, "office_refunds"),
    page("refunds/<slug:kind>/<int:pk>/", refunds.refund_page, "office_refund_owed"),
    page("contact/", contact.contact_page, "office_contact"),
    page("announcements/", announcements.announcement_list, "office_announcements"),
    page("announcements/new/", announcements.announcement_new, "office_announcement_new"),
    page("announcements/<int:pk>/", announcements.announcement_page, "office_announcement"),
    page("announcements/<int:pk>/words/", announcements.announcement_words, "office_announcement_words"),
    page(
        "announcements/<int:pk>/publication/",
        announcements.announcement_publication,
        "office_announcement_publication",
    ),
    page(
        "announcements/<int:pk>/withdrawal/",
        announcements.announcement_withdrawal,
        "office_announcement_withdrawal",
    ),
    page(
        "announcements/<int:pk>/discarding/",
        announcements.announcement_discarding,
        "office_announcement_discarding",
    ),
    page("plans/", plans.plan_list, "office_plans"),
    page("plans/changes/<int:pk>/", plans.change_page, "office_plan_change"),
    page("plans/listed/<slug:code>/", plans.plan_page, "office_plan"),
    page("plans/listed/<slug:code>/delisting/", plans.delisting, "office_plan_delisting"),
    page("plans/listed/<slug:code>/relisting/", plans.relisting, "office_plan_relisting"),
    page("plans/files/<slug:sha256>/", plans.plan_file, "office_plan_file"),
    page("programme/", edition.programme_page, "office_programme"),
    page("programme/opening/", edition.open_programme, "office_programme_open"),
    page("programme/pause/", edition.pause_programme, "office_programme_pause"),
    page("programme/closing/", edition.close_programme, "office_programme_close"),
    page("programme/numbers/", edition.numbers, "office_programme_numbers"),
    page("programme/appropriation/", edition.appropriate, "office_appropriate"),
    page("programme/reduction/", edition.reduce, "office_reduce"),
    page("contract-templates/", contract_templates.template_list, "office_contract_templates"),
    page("contract-templates/draft/", contract_templates.begin_draft, "office_contract_template_draft"),
    page("contract-templates/<int:version>/", contract_templates.template_page, "office_contract_template"),
    page(
        "contract-templates/<int:version>/preview.pdf",
        contract_templates.template_preview,
        "office_contract_template_preview",
    ),
    page("contract-templates/<int:version>/words/", contract_templates.edit, "office_contract_template_edit"),
    page(
        "contract-templates/<int:version>/publication/",
        contract_templates.publication,
        "office_contract_template_publication",
    ),
    page(
        "contract-templates/<int:version>/discarding/",
        contract_templates.discard,
        "office_contract_template_discard",
    ),
    page("waiting/", waiting.waiting_list, "office_waiting"),
    page("points/", points.points_list, "office_points"),
    page("points/<int:pk>/", points.grant_page, "office_grant"),
    page("points/<int:pk>/reversal/", reversals.request_reversal, "office_reversal_request"),
    page("reversals/", reversals.reversal_list, "office_reversals"),
    page("reversals/<int:pk>/", reversals.reversal_page, "office_reversal"),
    page("questionnaires/", questionnaires.questionnaire_list, "office_questionnaires"),
    page("questionnaires/<int:pk>/", questionnaires.questionnaire_page, "office_questionnaire"),
    page(
        "questionnaires/<int:pk>/publication/", questionnaires.publication, "office_questionnaire_publication"
    ),
    page("questionnaires/<int:pk>/discarding/", questionnaires.discarding, "office_questionnaire_discarding"),
    page(
        "questionnaires/<int:pk>/preview/<slug:area>/", questionnaires.preview, "office_questionnaire_preview"
    ),
    page("questionnaires/<int:pk>/result/", questionnaires.preview_result, "office_questionnaire_result"),
    page(
        "questionnaires/<int:pk>/areas/<slug:area>/",
        questionnaire_editing.area_page,
        "office_questionnaire_area",
    ),
    page(
        "questionnaires/<int:pk>/areas/<slug:area>/new/",
        questionnaire_editing.new_question,
        "office_question_new",
    ),
    page(
        "questionnaires/<int:pk>/questions/<slug:code>/",
        questionnaire_editing.question_page,
        "office_question",
    ),
    page(
        "questionnaires/<int:pk>/questions/<slug:code>/condition/",
        questionnaire_editing.condition_page,
        "office_question_condition",
    ),
    page(
        "questionnaires/<int:pk>/questions/<slug:code>/new/",
        questionnaire_editing.new_option,
        "office_option_new",
    ),
    page(
        "questionnaires/<int:pk>/questions/<slug:code>/options/<slug:option>/",
        questionnaire_editing.option_page,
        "office_option",
    ),
    page("voices/", voices.voice_list, "office_voices"),
    page("reviews/<int:pk>/", voices.review_page, "office_review"),
    page("questions/<int:pk>/", voices.question_page, "office_plan_question"),
    page("experts/", experts.request_list, "office_expert_requests"),
    page("experts/people/", experts.expert_list, "office_experts"),
    page("experts/people/<int:pk>/", experts.expert_profile, "office_expert_profile"),
    page("experts/<str:number>/", experts.request_page, "office_expert_request"),
    page("experts/<str:number>/assignment/", experts.assignment, "office_expert_assign"),
    page("experts/<str:number>/declining/", experts.declining, "office_expert_decline"),
    page("experts/<str:number>/note/", experts.note, "office_expert_note"),
    page("experts/<str:number>/files/<int:pk>/", experts.attachment, "office_expert_file"),
    *[page(route, faq.VIEWS[view], name) for route, view, name in faq.ROUTES],
    page("scans/", scans.scan_list, "office_scans"),
    page("calendar/", calendar.year_page, "office_calendar"),
    page("calendar/closure/", calendar.closure_page, "office_closure"),
    page("calendar/closures/<int:pk>/revocation/", calendar.revocation_page, "office_closure_revocation"),
    page("calendar/import/", calendar.import_page, "office_calendar_import"),
    page("text-support/", text_support.text_support_page, "office_text_support"),
    page(
        "text-support/closures/<int:pk>/revocation/",
        text_support.closure_revocation,
        "office_text_support_revocation",
    ),
    page("synonyms/", synonyms.synonym_list, "office_synonyms"),
    page("synonyms/new/", synonyms.new_group, "office_synonyms_new"),
    page("synonyms/<int:pk>/", synonyms.group_page, "office_synonym_group"),
    page("synonyms/<int:pk>/removal/", synonyms.remove_group, "office_synonym_removal"),
    page("events/", views.event_list, "office_events"),
    page("books/", books.overview, "office_books"),
    page("books/entries/<int:pk>/proof.json", books.entry_proof, "office_entry_proof"),
    page("books/<str:day>/", books.entries_of_day, "office_books_day"),
    page("clock/", rehearsal.clock_page, "office_clock"),
    page("clock/move/", rehearsal.move, "office_clock_move"),
]
