"""Under which case what happens to points is recorded."""

from tcloud.members.models import Company
from tcloud.points.models import Grant, WaitingEntry


def case_of(company: Company) -> str:
    """The case under which a company's points are recorded."""
    return f"company/{company.pk}"


def case_of_row(row: Grant | WaitingEntry) -> str:
    """The same, of the company of a row, without reading the company."""
    return f"company/{row.company_id}"
