"""Reviews and questions: what everybody sees, what each side sees of its own, what officers see."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from tcloud.catalogue.models import Plan, Supplier
from tcloud.choosing import rules
from tcloud.choosing.models import Question, Report, Review, ReviewText
from tcloud.core import calendar
from tcloud.core.actors import COMPANY, SUPPLIER
from tcloud.core.counties import county_of
from tcloud.core.workdays import CalendarMissing
from tcloud.members.models import Company
from tcloud.orders.models import Order

# Reviews


@dataclass(frozen=True)
class Wording:
    """A review as it reads now: the latest wording of each party, and whether the company has revised it.

    `outdated`: the answer was given to an earlier wording or rating than the one shown.
    """

    review: Review
    text: ReviewText
    answer: ReviewText | None
    revised: bool
    outdated: bool


def wording(review: Review) -> Wording:
    """The review as it reads now; its texts should be prefetched."""
    said = [row for row in review.texts.all() if row.party == COMPANY]
    answers = [row for row in review.texts.all() if row.party == SUPPLIER]
    answer = answers[-1] if answers else None
    answered = [row for row in said if answer is not None and row.pk < answer.pk]
    outdated = bool(answered) and not answered[-1].says_the_same(said[-1])
    return Wording(review, said[-1], answer, len(said) > 1, outdated)


def _reviews() -> QuerySet[Review]:
    texts = Prefetch("texts", ReviewText.objects.select_related("written_by").order_by("id"))
    found = Review.objects.select_related("company", "plan__current", "plan__solution__supplier", "order")
    return found.prefetch_related(texts).order_by("-written_at", "-id")


def published_reviews(plan: Plan) -> QuerySet[Review]:
    """The plan's reviews that everybody sees, newest first."""
    return _reviews().filter(plan=plan, state=Review.State.PUBLISHED)


@dataclass(frozen=True)
class Ratings:
    """How many companies rate a plan, their average, and how many gave each number of 5 to 1."""

    count: int
    average: str
    each: tuple[tuple[int, int], ...]


def ratings(plan: Plan) -> Ratings:
    """The published ratings of a plan; one query."""
    rows = Review.objects.filter(plan=plan, state=Review.State.PUBLISHED).values_list("rating")
    counted = dict(rows.annotate(Count("pk")).order_by())
    return Ratings(
        sum(counted.values()),
        rules.average([rating for rating, count in counted.items() for _each in range(count)]),
        tuple((rating, counted.get(rating, 0)) for rating in (5, 4, 3, 2, 1)),
    )


def ratings_of(plans: list[Plan]) -> dict[int, Ratings]:
    """The published ratings of several plans, by plan id; one query."""
    rows = Review.objects.filter(plan__in=plans, state=Review.State.PUBLISHED).values_list("plan", "rating")
    gathered: dict[int, list[int]] = {plan.pk: [] for plan in plans}
    for plan_id, rating in rows:
        gathered[plan_id].append(rating)
    return {
        plan_id: Ratings(
            len(given), rules.average(given), tuple((each, given.count(each)) for each in (5, 4, 3, 2, 1))
        )
        for plan_id, given in gathered.items()
    }


def reviews_of_company(company: Company) -> QuerySet[Review]:
    """The company's own reviews, in whatever state."""
    return _reviews().filter(company=company)


def to_review(company: Company) -> QuerySet[Order]:
    """Completed orders of plans the company has not reviewed, newest first."""
    written = Review.objects.filter(company=company, plan=OuterRef("plan_version__plan"))
    done = Order.objects.filter(company=company, state=Order.State.COMPLETED)
    unwritten = done.filter(~Exists(written)).select_related(
        "plan_version__plan", "supplier__company", "company"
    )
    return unwritten.order_by("-ended_at", "-id")


def reviews_for_supplier(supplier: Supplier) -> QuerySet[Review]:
    """Published reviews of the supplier's plans, newest first."""
    return _reviews().filter(plan__solution__supplier=supplier, state=Review.State.PUBLISHED)


def _reported(kind: str) -> Exists:
    return Exists(Report.objects.filter(handled_at=None, **{kind: OuterRef("pk")}))


def all_reviews() -> QuerySet[Review]:
    """For officers and auditors: every review, with `reported` when a report of it is open; reported ones first."""
    return _reviews().annotate(reported=_reported("review")).order_by("-reported", "-written_at", "-id")


# Questions


def _questions() -> QuerySet[Question]:
    found = Question.objects.select_related(
        "company", "asked_by", "answered_by", "plan__current", "plan__solution__supplier__company"
    )
    return found.order_by("-asked_at", "-id")


def published_questions(plan: Plan) -> QuerySet[Question]:
    """Answered questions about the plan that everybody sees, the latest answer first."""
    shown = _questions().filter(plan=plan, state=Question.State.ANSWERED, is_private=False)
    return shown.order_by("-answered_at", "-id")


def questions_of_company(company: Company) -> QuerySet[Question]:
    """The company's own questions, in whatever state, newest first."""
    return _questions().filter(company=company)


def questions_for_supplier(supplier: Supplier) -> QuerySet[Question]:
    """Questions put to the supplier that it may see, those that wait first, the longest waiting on top."""
    shown = [Question.State.ASKED, Question.State.ANSWERED]
    found = _questions().filter(plan__solution__supplier=supplier, state__in=shown)
    return found.annotate(waits=Q(state=Question.State.ASKED)).order_by("-waits", "asked_at", "id")


def waiting_questions(supplier: Supplier) -> int:
    """How many questions wait for the supplier's answer."""
    return Question.objects.filter(plan__solution__supplier=supplier, state=Question.State.ASKED).count()


def all_questions() -> QuerySet[Question]:
    """For officers and auditors: every question, with `reported` when a report of it is open; reported ones first."""
    return _questions().annotate(reported=_reported("question")).order_by("-reported", "-asked_at", "-id")


def open_reports() -> int:
    """How many reports wait for an officer."""
    return Report.objects.filter(handled_at=None).count()


def reports_of(thing: Review | Question) -> QuerySet[Report]:
    """What was reported of it, the latest first."""
    return thing.reports.select_related("reported_by").order_by("-id")


def answer_due(question: Question) -> datetime | None:
    """R-28: the first moment after the day by which the supplier is to answer; None when a year has no calendar."""
    company = question.plan.solution.supplier.company
    county = county_of(company.address) if company else ""
    try:
        begins_at = question.reopened_at or question.asked_at
        return calendar.shown().due(begins_at, question.answer_working_days, county).at
    except CalendarMissing:
        return None


def is_late(question: Question, *, at: datetime) -> bool:
    """Whether the question waits for an answer that is overdue."""
    due_at = answer_due(question)
    return question.state == Question.State.ASKED and due_at is not None and at >= due_at


def late_ids(*, at: datetime, unnoted: bool = False) -> list[int]:
    """The questions whose answer is overdue, whether or not a scan has run; or those alone that no scan has noted."""
    waiting = _questions().filter(state=Question.State.ASKED)
    if unnoted:
        waiting = waiting.filter(in_time=None)
    with calendar.one_look():
        return [question.pk for question in waiting if is_late(question, at=at)]
