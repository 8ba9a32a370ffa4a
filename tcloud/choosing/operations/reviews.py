"""Writing, answering and moderating reviews. Nothing that was published is ever changed: a correction is a new wording."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.choosing import rules
from tcloud.choosing.models import Report, Review, ReviewText
from tcloud.choosing.operations.common import for_everybody
from tcloud.choosing.queries import voices
from tcloud.choosing.states import REVIEW
from tcloud.core import events
from tcloud.core.actors import COMPANY, SUPPLIER, Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance
from tcloud.orders.models import Order


def _locked(review: Review) -> Review:
    held = Review.objects.select_for_update(of=("self",))
    return held.select_related("company", "plan__solution__supplier__company").get(pk=review.pk)


@transaction.atomic(durable=True)
def write_review(
    order: Order, *, rating: int, text: str, shows_name: bool, by: Actor, at: datetime
) -> Review:
    """Publish the company's review of the plan of a completed order; one of each company and plan.

    Raises Refusal `review.not_completed`, `review.conflict` (R-39), `review.already`, `text.length`, `text.personal`.
    """
    said = for_everybody(text)
    held = Order.objects.select_for_update(no_key=True, of=("self",))
    row = held.select_related("company", "supplier__company", "plan_version__plan").get(pk=order.pk)
    if row.state != Order.State.COMPLETED:
        raise Refusal("review.not_completed", _("訂單完成後才能評價。"))
    seller = row.supplier.company
    buyer = row.company
    if seller is not None and rules.related(
        (buyer.ubn, buyer.responsible_name), (seller.ubn, seller.responsible_name)
    ):
        raise Refusal(
            "review.conflict",
            _("貴公司與供應商是同一家公司或負責人相同，依計畫規定不能評價這個方案。"),
        )
    plan = row.plan_version.plan
    try:
        with transaction.atomic():
            made = Review.objects.create(
                company=buyer, plan=plan, order=row, shows_name=shows_name, rating=rating, written_at=at
            )
    except IntegrityError as error:
        if "review_once" not in str(error) and "order_id" not in str(error):
            raise
        raise Refusal(
            "review.already", _("貴公司已評價過這個方案，每個方案一則；您可以修改原來的評價。")
        ) from error
    _say(made, COMPANY, said, rating=rating, by=by, at=at)
    events.record("review.written", made, case=made.case, by=by, at=at, plan=plan.code, rating=rating)
    return made


def _say(
    review: Review, party: str, text: str, *, rating: int | None = None, by: Actor, at: datetime
) -> None:
    ReviewText.objects.create(
        review=review, party=party, rating=rating, text=text, written_by_id=by.user_id, written_at=at
    )


@transaction.atomic(durable=True)
def revise_review(
    review: Review, *, rating: int, text: str, shows_name: bool, by: Actor, at: datetime
) -> Review:
    """A new wording of the company's review; the earlier one stays on record. Nothing happens when it says the same.

    The supplier is told, since its answer was to the earlier words; not when only the company's name is shown or no longer shown.
    Raises Refusal `review.not_shown` unless it is published, `text.length`, `text.personal`.
    """
    said = for_everybody(text)
    row = _locked(review)
    _shown(row)
    latest = row.texts.filter(party=COMPANY).last()
    if latest is not None and (latest.text, latest.rating, row.shows_name) == (said, rating, shows_name):
        return row
    Review.objects.filter(pk=row.pk).update(rating=rating, shows_name=shows_name, version=row.version + 1)
    _say(row, COMPANY, said, rating=rating, by=by, at=at)
    reworded = latest is None or (latest.text, latest.rating) != (said, rating)
    events.record("review.revised", row, case=row.case, by=by, at=at, announce=reworded, rating=rating)
    return row


def _shown(review: Review) -> None:
    if review.state != Review.State.PUBLISHED:
        raise Refusal("review.not_shown", _("這則評價目前沒有公開，不能修改或回覆。"))


@transaction.atomic(durable=True)
def answer_review(review: Review, text: str, *, by: Actor, at: datetime) -> Review:
    """The supplier's answer, or a new wording of it; the same words again confirm them to a review revised since. Raises Refusal `review.not_shown`, `text.length`, `text.personal`."""
    said = for_everybody(text)
    row = _locked(review)
    _shown(row)
    latest = row.texts.filter(party=SUPPLIER).last()
    if latest is not None and latest.text == said and not voices.wording(row).outdated:
        return row
    Review.objects.filter(pk=row.pk).update(version=row.version + 1)
    _say(row, SUPPLIER, said, by=by, at=at)
    happened = "review.answer_revised" if latest else "review.answered"
    events.record(happened, row, case=row.case, by=by, at=at, announce=latest is None)
    return row


@transaction.atomic(durable=True)
def withdraw_review(review: Review, *, by: Actor, at: datetime) -> Review:
    """The company takes its review back, for good; harmless to repeat."""
    row = _locked(review)
    if row.state != Review.State.WITHDRAWN:
        advance(row, REVIEW, "withdraw", by=by, at=at, case=row.case, announce=False)
    return row


@transaction.atomic(durable=True)
def hide_review(review: Review, *, reason: str, by: Actor, at: datetime) -> Review:
    """An officer hides a review, never changes it; its author is told why. Open reports of it are handled."""
    row = _locked(review)
    advance(
        row, REVIEW, "hide", by=by, at=at, case=row.case, changes={"hidden_reason": reason}, reason=reason
    )
    Report.objects.filter(review=row, handled_at=None).update(handled_at=at)
    return row


@transaction.atomic(durable=True)
def restore_review(review: Review, *, reason: str, by: Actor, at: datetime) -> Review:
    """An officer shows a hidden review again."""
    row = _locked(review)
    advance(row, REVIEW, "restore", by=by, at=at, case=row.case, reason=reason)
    return row
