"""Saving a comparison, sending it to a colleague."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.choosing import rules
from tcloud.choosing.models import ComparedVersion, Comparison, ComparisonShare
from tcloud.choosing.operations.common import current_versions, hold
from tcloud.core import events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.members import queries as members
from tcloud.members.models import Company, User


def _case(company: Company) -> str:
    return f"company/{company.ubn}"


@transaction.atomic(durable=True)
def save_comparison(
    company: Company, name: str, version_ids: Sequence[int], *, user: User, by: Actor, at: datetime
) -> Comparison:
    """Keep a comparison as it was seen: versions and prices of that moment. The same name and versions again are the earlier one.

    Raises Refusal `comparison.size`, `comparison.changed` when a version is no longer the listed one, `comparison.name_used`,
    `comparison.too_many`.
    """
    wanted = list(dict.fromkeys(version_ids))
    if not 2 <= len(wanted) <= rules.MOST_COMPARED:
        raise Refusal(
            "comparison.size", _("一次比較2到%(most)s個方案，請重新挑選。"), most=rules.MOST_COMPARED
        )
    hold(company)
    kept = Comparison.objects.filter(company=company)
    if earlier := kept.filter(name=name).first():
        if list(earlier.columns.values_list("version", flat=True)) == wanted:
            return earlier
        raise Refusal("comparison.name_used", _("已經有同名的比較，請換一個名稱。"))
    versions = current_versions(wanted)
    if kept.count() >= rules.MOST_COMPARISONS:
        raise Refusal(
            "comparison.too_many",
            _("貴公司已儲存%(most)s份比較，請先刪除不需要的。"),
            most=rules.MOST_COMPARISONS,
        )
    made = Comparison.objects.create(company=company, name=name, saved_by=user, saved_at=at)
    ComparedVersion.objects.bulk_create(
        [
            ComparedVersion(comparison=made, position=place, version=version)
            for place, version in enumerate(versions, 1)
        ]
    )
    codes = [f"{version.plan_id}/{version.number}" for version in versions]
    events.record(
        "comparison.saved", made, case=_case(company), by=by, at=at, announce=False, name=name, versions=codes
    )
    return made


@transaction.atomic(durable=True)
def share_comparison(
    comparison: Comparison, to: User, *, note: str, user: User, by: Actor, at: datetime
) -> ComparisonShare:
    """Write to a colleague about a saved comparison. Raises Refusal `comparison.no_colleague` for anybody outside the company."""
    colleagues = members.people_of(comparison.company.ubn).exclude(pk=user.pk)
    if not colleagues.filter(pk=to.pk).exists():
        raise Refusal("comparison.no_colleague", _("只能寄給貴公司的同事，請從名單中選擇。"))
    made = ComparisonShare.objects.create(
        comparison=comparison, to=to, shared_by=user, note=note, shared_at=at
    )
    events.record(
        "comparison.shared", made, case=_case(comparison.company), by=by, at=at, name=comparison.name
    )
    return made


@transaction.atomic(durable=True)
def delete_comparison(comparison: Comparison, *, by: Actor, at: datetime) -> None:
    """Keep the comparison no longer; harmless to repeat."""
    held = Comparison.objects.select_for_update(of=("self",)).select_related("company")
    row = held.filter(pk=comparison.pk).first()
    if row is None:
        return
    events.record(
        "comparison.deleted", row, case=_case(row.company), by=by, at=at, announce=False, name=row.name
    )
    row.delete()
