"""Questions about assessments and questionnaires."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from tcloud.assessment import rules
from tcloud.assessment.models import Assessment, Questionnaire
from tcloud.assessment.rules import Reason
from tcloud.members.models import Company
from tcloud.points import queries as points
from tcloud.programme.models import Programme


@dataclass(frozen=True)
class Need:
    """A kind of plan that a company's answers call for.

    `category` is the code of a plan category (catalogue), `area` the need area it shows in most, `strength` 0–100 (100: one of
    its reasons alone, or several together, make it full), `reasons` the answers behind it, heaviest first, never empty.
    """

    category: str
    area: str
    strength: int
    reasons: tuple[Reason, ...]


def of_company(programme: Programme, company: Company) -> Assessment | None:
    """The company's assessment of its present admission to the edition, with its questionnaire."""
    return (
        Assessment.objects.select_related("questionnaire")
        .filter(programme=programme, company=company, admission=points.admission(programme, company))
        .first()
    )


def latest_completed(company: Company, programme: Programme) -> Assessment | None:
    """The assessment the company sent last in the edition, of whichever admission (R-13), with its questionnaire; None before the first."""
    rows = Assessment.objects.select_related("questionnaire").filter(programme=programme, company=company)
    return rows.filter(completed_at__isnull=False).order_by("-admission").first()


def needs(assessment: Assessment) -> list[Need]:
    """The plan categories a completed assessment calls for, strongest first; none while it is not completed.

    Each reason is a phrase to put after 「因為」 or "because": 「您用紙本排班」, "you plan shifts on paper". No query: load the
    assessment with its questionnaire, as `of_company` and `latest_completed` do.
    """
    content = assessment.questionnaire.content
    return [
        Need(
            row["category"],
            row["area"],
            row["strength"],
            tuple(rules.reasons(content, [(question, option) for question, option in row["because"]])),
        )
        for row in assessment.profile.get("categories", [])
    ]


def complete_areas(assessment: Assessment) -> list[str]:
    """The codes of the areas with nothing left to answer, in order; no query beyond its questionnaire."""
    content = assessment.questionnaire.content
    wrong = {problem.question for problem in rules.problems(content, assessment.answers)}
    left = {question["area"] for question in content["questions"] if question["code"] in wrong}
    return [row["code"] for row in content["areas"] if row["code"] not in left]


def questionnaires() -> QuerySet[Questionnaire]:
    """Every version and draft, the newest first, each with how many companies are answering it (`running`) and have sent it (`sent`)."""
    counted = Questionnaire.objects.annotate(
        running=Count("assessment", filter=Q(assessment__completed_at__isnull=True)),
        sent=Count("assessment", filter=Q(assessment__completed_at__isnull=False)),
    )
    return counted.order_by("-pk")


def being_answered() -> QuerySet[Questionnaire]:
    """Published versions that companies are answering now, each with how many (`running`)."""
    begun = Q(assessment__isnull=False, assessment__completed_at__isnull=True)
    counted = Questionnaire.objects.defer("content").annotate(running=Count("assessment", filter=begun))
    return counted.filter(running__gt=0).order_by("number")


def latest_published() -> Questionnaire:
    """The version that companies who begin now answer."""
    return Questionnaire.objects.filter(state="PUBLISHED").latest("number")
