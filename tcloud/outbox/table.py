"""Who is written to when something happens: event type → audience and letter. An event that is not here is told to nobody by mail."""

from dataclasses import dataclass
from typing import Final

from tcloud.outbox.categories import CHOOSING, DUTY, REMINDERS, SEARCHES
from tcloud.outbox.recipients import (
    AGENTS,
    APPLICANT,
    APPROVERS,
    ASKER,
    COMPANY,
    EXPERT,
    FORMER_ADDRESS,
    FORMER_EXPERT,
    INVITED,
    NEW_ADDRESS,
    OFFICERS,
    READER,
    SUPPLIER,
)


@dataclass(frozen=True)
class Post:
    """One letter (`template`, a name in `letters.COMPOSERS`) to everybody in an `audience`; of which category (`categories`)."""

    audience: str
    template: str
    category: str = DUTY


TABLE: Final[dict[str, tuple[Post, ...]]] = {
    # one's own address
    "member.address_asked": (Post(NEW_ADDRESS, "address_code"),),
    "member.address_changed": (Post(FORMER_ADDRESS, "address_changed"),),
    # joining
    "application.code_sent": (Post(APPLICANT, "application_code"),),
    "application.found_eligible": (Post(APPLICANT, "application_eligible"),),
    "application.found_ineligible": (Post(APPLICANT, "application_ineligible"),),
    "application.put_in_review": (Post(APPLICANT, "application_in_review"),),
    "application.appealed": (Post(APPLICANT, "application_appealed"),),
    "application.activated": (Post(APPLICANT, "application_activated"),),
    # points
    "points.granted": (Post(COMPANY, "points_granted"),),
    "points.waiting": (Post(COMPANY, "points_waiting"),),
    "points.waiting_ended": (Post(COMPANY, "points_waiting_ended"),),
    "points.expiring": (Post(COMPANY, "points_expiring"),),
    "points.returned": (Post(COMPANY, "points_returned"),),
    "points.expired": (Post(COMPANY, "points_expired"),),
    "points.reversal_requested": (Post(OFFICERS, "points_reversal_requested"),),
    "points.reversed": (Post(COMPANY, "points_reversed"),),
    # orders
    "order.submitted": (Post(COMPANY, "order_submitted"), Post(SUPPLIER, "order_received")),
    "order.withdrawn": (Post(SUPPLIER, "order_withdrawn"),),
    "order.declined": (Post(COMPANY, "order_declined"),),
    "order.lapsed": (Post(COMPANY, "order_lapsed"), Post(SUPPLIER, "order_lapsed_supplier")),
    "order.accepted": (Post(COMPANY, "order_accepted"),),
    "order.unpaid": (Post(COMPANY, "order_unpaid"), Post(SUPPLIER, "order_unpaid_supplier")),
    "order.paid": (Post(COMPANY, "order_paid"), Post(SUPPLIER, "order_paid_supplier")),
    "order.invoiced": (Post(COMPANY, "order_invoiced"),),
    "order.invoice_missed": (Post(SUPPLIER, "invoice_missed"),),
    "order.delivered": (Post(COMPANY, "order_delivered"),),
    "order.delivery_missed": (Post(SUPPLIER, "delivery_missed"),),
    "order.completed": (Post(COMPANY, "order_completed"), Post(SUPPLIER, "order_completed_supplier")),
    "order.disputed": (Post(SUPPLIER, "order_disputed"), Post(OFFICERS, "dispute_to_decide")),
    "order.dispute_withdrawn": (
        Post(COMPANY, "order_completed"),
        Post(SUPPLIER, "order_completed_supplier"),
    ),
    "order.dispute_settled": (Post(COMPANY, "dispute_settled"), Post(SUPPLIER, "dispute_settled_supplier")),
    "order.deadline_moved": (Post(COMPANY, "deadline_moved"), Post(SUPPLIER, "deadline_moved_supplier")),
    "order.refunded": (Post(COMPANY, "order_refunded"), Post(SUPPLIER, "order_refunded_supplier")),
    "order.term_ending": (Post(COMPANY, "order_term_ending"),),
    # between the people of a company
    "member.invited": (Post(INVITED, "member_invited"),),
    "draft_request.asked": (Post(APPROVERS, "draft_request_asked"),),
    "draft_request.approved": (Post(READER, "draft_request_approved"),),
    "draft_request.returned": (Post(READER, "draft_request_returned"),),
    "invoice.voided": (Post(COMPANY, "invoice_voided"),),
    "allowance.issued": (Post(COMPANY, "allowance_issued"),),
    "allowance.cancelled": (Post(COMPANY, "allowance_cancelled"),),
    "order.reissue_missed": (Post(SUPPLIER, "reissue_missed"),),
    "order.credit_missed": (Post(SUPPLIER, "credit_missed"),),
    # between the parties of an order: a composer keeps quiet towards the side that acted
    "order.message_written": (Post(COMPANY, "message_to_company"), Post(SUPPLIER, "message_to_supplier")),
    "order.note_written": (Post(COMPANY, "message_to_company"), Post(SUPPLIER, "message_to_supplier")),
    "order_change.proposed": (
        Post(COMPANY, "change_proposed_company"),
        Post(SUPPLIER, "change_proposed_supplier"),
    ),
    "order_change.agreed": (Post(COMPANY, "change_agreed_company"), Post(SUPPLIER, "change_agreed_supplier")),
    "order_change.refused": (
        Post(COMPANY, "change_refused_company"),
        Post(SUPPLIER, "change_refused_supplier"),
    ),
    "order_change.withdrawn": (
        Post(COMPANY, "change_withdrawn_company"),
        Post(SUPPLIER, "change_withdrawn_supplier"),
    ),
    # money that goes back
    "order.part_refunded": (Post(COMPANY, "part_refunded"), Post(SUPPLIER, "part_refunded_supplier")),
    # to the party that did not act
    "refund_proposal.made": (Post(COMPANY, "refund_proposed"), Post(SUPPLIER, "refund_proposed_supplier")),
    "refund_proposal.refused": (Post(COMPANY, "refund_refused"), Post(SUPPLIER, "refund_refused_supplier")),
    "refund_proposal.withdrawn": (
        Post(COMPANY, "refund_withdrawn"),
        Post(SUPPLIER, "refund_withdrawn_supplier"),
    ),
    "transfer.stated": (Post(SUPPLIER, "transfer_stated"),),
    "transfer.not_found": (Post(COMPANY, "transfer_not_found"),),
    "transfer.owed_back": (Post(COMPANY, "transfer_owed_back"), Post(OFFICERS, "transfer_to_follow")),
    # money
    "charge.codes_issued": (Post(COMPANY, "charge_codes"),),
    "charge.to_refund": (Post(COMPANY, "charge_to_refund"), Post(SUPPLIER, "charge_to_refund_supplier")),
    "charge.mismatch": (Post(OFFICERS, "charge_mismatch"),),
    "charge.refund_failed": (Post(OFFICERS, "refund_failed"),),
    "charge.refund_uncertain": (Post(OFFICERS, "refund_uncertain"),),
    "charge.refunded": (Post(COMPANY, "charge_refunded"),),
    "refund.sent": (Post(COMPANY, "charge_refunded"),),
    "settlement.difference": (Post(OFFICERS, "settlement_difference"),),
    "payment_account.set": (Post(COMPANY, "payment_account_set"),),
    "payment_account.retired": (Post(COMPANY, "payment_account_retired"),),
    # plans
    "plan_change.submitted": (Post(OFFICERS, "plan_change_submitted"),),
    "plan_change.returned": (Post(SUPPLIER, "plan_change_returned"),),
    "plan_change.approved": (Post(SUPPLIER, "plan_change_approved"),),
    "plan.delisted": (Post(SUPPLIER, "plan_delisted"),),
    "plan.relisted": (Post(SUPPLIER, "plan_relisted"),),
    # choosing
    "search.matched": (Post(READER, "search_matched", SEARCHES),),
    "comparison.shared": (Post(READER, "comparison_shared", CHOOSING),),
    "question.asked": (Post(SUPPLIER, "question_asked"),),
    "question.late": (Post(SUPPLIER, "question_late"), Post(READER, "question_late_asker", CHOOSING)),
    "question.answered": (Post(READER, "question_answered", CHOOSING),),
    "question.hidden": (Post(READER, "question_hidden"),),
    "question.reopened": (Post(READER, "question_shown", CHOOSING), Post(SUPPLIER, "question_asked")),
    "question.restored": (Post(READER, "question_shown", CHOOSING),),
    "review.written": (Post(SUPPLIER, "review_written", CHOOSING),),
    "review.revised": (Post(SUPPLIER, "review_revised", CHOOSING),),
    "review.answered": (Post(COMPANY, "review_answered", CHOOSING),),
    "review.hidden": (Post(COMPANY, "review_hidden"),),
    "review.restored": (Post(COMPANY, "review_restored", CHOOSING),),
    # tickets
    "ticket.drafted": (Post(ASKER, "ticket_confirm"),),
    "ticket.opened": (Post(ASKER, "ticket_received"),),
    "ticket.answered": (Post(ASKER, "ticket_answered"),),
    "ticket.asked": (Post(ASKER, "ticket_asked"),),
    "ticket.closed": (Post(ASKER, "ticket_closed"),),
    "ticket.late": (Post(AGENTS, "ticket_late"),),
    # expert service
    "expert.requested": (Post(COMPANY, "expert_requested"), Post(OFFICERS, "expert_to_assign")),
    "expert.assigned": (Post(COMPANY, "expert_assigned"), Post(EXPERT, "expert_case_given")),
    "expert.declined": (Post(COMPANY, "expert_declined"), Post(EXPERT, "expert_declined_expert")),
    "expert.handed_back": (
        Post(COMPANY, "expert_handed_back"),
        Post(OFFICERS, "expert_to_reassign"),
        Post(FORMER_EXPERT, "expert_case_taken"),
    ),
    "expert.times_proposed": (Post(COMPANY, "expert_times"),),
    "expert.times_changed": (Post(COMPANY, "expert_times"),),
    "expert.other_times_asked": (Post(EXPERT, "expert_other_times"),),
    "expert.time_agreed": (Post(COMPANY, "expert_agreed"), Post(EXPERT, "expert_agreed_expert")),
    "expert.visit_postponed": (Post(COMPANY, "expert_postponed"), Post(EXPERT, "expert_postponed_expert")),
    "expert.visit_missed": (Post(COMPANY, "expert_missed"), Post(OFFICERS, "expert_missed_office")),
    "expert.visit_reminded": (
        Post(COMPANY, "expert_reminder", REMINDERS),
        Post(EXPERT, "expert_reminder_expert"),
    ),
    "expert.visited": (Post(COMPANY, "expert_visited"),),
    "expert.reported": (Post(COMPANY, "expert_reported"),),
    "expert.report_corrected": (Post(COMPANY, "expert_reported"),),
    "expert.closed": (Post(COMPANY, "expert_closed"), Post(EXPERT, "expert_feedback")),
    "expert.closed_unreported": (
        Post(COMPANY, "expert_unreported"),
        Post(EXPERT, "expert_unreported_expert"),
    ),
    "expert.feedback_given": (Post(EXPERT, "expert_feedback"),),
    "expert.withdrawn": (Post(EXPERT, "expert_withdrawn"), Post(OFFICERS, "expert_withdrawn_office")),
    "expert.deadline_missed": (
        Post(COMPANY, "expert_answer_awaited"),
        Post(EXPERT, "expert_late"),
        Post(OFFICERS, "expert_late_office"),
    ),
    # the office
    # text support
    "chat.transcript_sent": (Post(ASKER, "chat_transcript"),),
    "chat.unanswered": (Post(ASKER, "chat_unanswered"),),
    "chat.ran_out": (Post(ASKER, "chat_unanswered"),),
    "calendar.runs_out": (Post(OFFICERS, "calendar_runs_out"),),
}
