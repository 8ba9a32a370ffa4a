"""Questions about assessments."""

from tcloud.assessment.models import Assessment
from tcloud.members.models import Company
from tcloud.programme.models import Programme


def of_company(programme: Programme, company: Company) -> Assessment | None:
    """The company's assessment in the edition, with its questionnaire."""
    return (
        Assessment.objects.select_related("questionnaire")
        .filter(programme=programme, company=company)
        .first()
    )
