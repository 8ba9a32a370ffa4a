"""Questions about assessments."""

from tcloud.assessment.models import Assessment
from tcloud.members.models import Company
from tcloud.points import queries as points
from tcloud.programme.models import Programme


def of_company(programme: Programme, company: Company) -> Assessment | None:
    """The company's assessment of its present admission to the edition, with its questionnaire."""
    return (
        Assessment.objects.select_related("questionnaire")
        .filter(programme=programme, company=company, admission=points.admission(programme, company))
        .first()
    )
