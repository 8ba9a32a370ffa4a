"""What the database must refuse about plans, their changes and files, and the words of the search, for test_database_guards.py."""

from types import SimpleNamespace

from django.db.models import Model

from tcloud.catalogue.models import (
    NothingFound,
    Plan,
    PlanChange,
    PlanFile,
    PlanFileContent,
    PlanVersion,
    Supplier,
    VersionFile,
)
from tcloud.catalogue.operations.search import add_synonyms
from tests import factories
from tests.factories import NOW
from tests.repository.rows import again, change, drop


def rows() -> dict[str, Model]:
    """One row of everything that is guarded beside the plan itself."""
    file = _picture()
    return {
        "plan_change": factories.submitted_change(on=Plan.objects.get()),
        "plan_file": file,
        "version_file": VersionFile.objects.create(
            version=PlanVersion.objects.get(), file=file, position=0, title="t"
        ),
        "synonyms": add_synonyms(["打卡", "出勤"], by=factories.officer(), at=NOW),
        "nothing_found": NothingFound.objects.create(day=NOW.date(), words="量子"),
    }


def _picture() -> PlanFile:
    file = PlanFile.objects.create(
        supplier=Supplier.objects.get(), kind="picture", media_type="image/png", sha256="0", name="x.png", size_bytes=1,
        width_px=1, height_px=1, created_at=NOW,
    )  # fmt: skip
    PlanFileContent.objects.create(file=file, data=b"1")
    return file


def _next_change(row: PlanChange) -> None:
    """Another draft of the same plan."""
    PlanChange.objects.create(supplier=row.supplier, plan=row.plan, created_at=NOW, saved_at=NOW)


def _other_file(world: SimpleNamespace) -> PlanFile:
    return PlanFile.objects.create(
        supplier=world.supplier,
        sha256="2",
        kind="document",
        media_type="application/pdf",
        name="x",
        size_bytes=1,
        created_at=NOW,
    )


TRIES = {
    "supplier_takes_orders_only_as_approved_company": [
        lambda w: change(w.supplier, company=None),
        lambda w: change(w.supplier, approved_at=None),
    ],
    "solution_once": [lambda w: again(w.solution)],
    "plan_listed_with_a_version": [lambda w: change(w.plan, current=None)],
    "contract_template_one_draft": [
        lambda w: [again(w.template, version=version, published_at=None) for version in (98, 99)]
    ],
    "contract_template_published_stays": [lambda w: change(w.template, edits=5), lambda w: drop(w.template)],
    "plan_version_once": [lambda w: again(w.version)],
    "plan_version_has_a_price": [lambda w: again(w.version, number=2, price_twd=1)],
    "plan_version_has_a_term": [lambda w: again(w.version, number=2, term_months=0)],
    "plan_version_employees_in_order": [
        lambda w: again(w.version, number=2, employees_from=50, employees_to=10)
    ],
    "plan_delisted_with_its_story": [
        lambda w: change(w.plan, delisted_reason="x"),
        lambda w: change(w.plan, delisted_by_office=True),
    ],
    "plan_change_one_open_a_plan": [lambda w: _next_change(w.plan_change)],
    "plan_change_submitted_with_its_time": [
        lambda w: change(w.plan_change, submitted_at=None),
        lambda w: change(w.plan_change, review_working_days=0),
    ],
    "plan_change_approved_with_its_version": [
        lambda w: change(w.plan_change, state="APPROVED"),
        lambda w: change(w.plan_change, result=w.version),
    ],
    "plan_change_stays_as_reviewed": [lambda w: change(w.plan_change, content={})],
    "plan_change_kept": [lambda w: drop(w.plan_change)],
    "plan_file_once": [lambda w: again(w.plan_file)],
    "plan_file_of_a_known_type": [
        lambda w: again(w.plan_file, sha256="1", media_type="image/svg+xml"),
        lambda w: again(w.plan_file, sha256="1", kind="document"),
        lambda w: again(w.plan_file, sha256="1", width_px=None),
    ],
    "plan_file_stays": [lambda w: change(w.plan_file, name="x")],
    "plan_file_content_stays": [lambda w: change(w.plan_file.content, data=b"x")],
    "version_file_once": [lambda w: again(w.version_file)],
    "version_file_has_a_title": [lambda w: again(w.version_file, file=_other_file(w), title="")],
    "version_file_append_only": [lambda w: change(w.version_file, title="x"), lambda w: drop(w.version_file)],
    "nothing_found_once_a_day": [lambda w: again(w.nothing_found)],
    "synonym_group_says_something": [
        lambda w: change(w.synonyms, keys=[]),
        lambda w: change(w.synonyms, keys=["打卡"], also_keys=[]),
    ],
    "plan_version_append_only": [lambda w: change(w.version, price_twd=5), lambda w: drop(w.version)],
}  # fmt: skip
