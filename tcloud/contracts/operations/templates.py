"""The wording of contracts, in versions: an officer drafts and publishes, contracts pin what they were drawn up in (R-19, R-20)."""

import json
from datetime import datetime
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.contracts import rules
from tcloud.contracts.models import ContractTemplate
from tcloud.core import events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal, Stale

_FIRST = Path(__file__).parent.parent / "data" / "contract_v1.json"


def in_force() -> ContractTemplate:
    """The newest published version. Raises ContractTemplate.DoesNotExist before the first was published."""
    return ContractTemplate.objects.filter(published_at__isnull=False).latest("version")


def wording_of(template: ContractTemplate) -> rules.Wording:
    """The words of a version."""
    return rules.Wording.from_json(template.wording)


@transaction.atomic
def publish_first_template(*, at: datetime) -> ContractTemplate:
    """The first version, from the data shipped with the product; harmless when it is there."""
    content = json.loads(_FIRST.read_text(encoding="utf-8"))
    version = content.pop("version")
    return ContractTemplate.objects.get_or_create(
        version=version, defaults={"wording": content, "drafted_at": at, "published_at": at}
    )[0]


@transaction.atomic(durable=True)
def draft_template(*, by: Actor, at: datetime) -> ContractTemplate:
    """A draft of the next version, with the words in force; the one that is there when somebody began it already."""
    if draft := ContractTemplate.objects.filter(published_at=None).first():
        return draft
    current = in_force()
    try:
        with transaction.atomic():
            draft = ContractTemplate.objects.create(
                version=current.version + 1, wording=current.wording, drafted_at=at
            )
    except IntegrityError:  # two officers began at once
        return ContractTemplate.objects.get(published_at=None)
    _record("contract_template.drafted", draft, by=by, at=at)
    return draft


@transaction.atomic(durable=True)
def edit_template(
    template: ContractTemplate, wording: rules.Wording, *, drawn_from: int, by: Actor, at: datetime
) -> ContractTemplate:
    """Keep what the officer wrote in a draft, complete or not. `drawn_from`: `edits` of the draft the form showed.

    Raises Stale when somebody else wrote in it since, Refusal `contract_template.published`.
    """
    row = _locked_draft(template, drawn_from=drawn_from)
    row.wording, row.edits = wording.to_json(), row.edits + 1
    row.save(update_fields=["wording", "edits"])
    return row


@transaction.atomic(durable=True)
def publish_template(
    template: ContractTemplate, *, drawn_from: int, by: Actor, at: datetime
) -> ContractTemplate:
    """R-20: from now on contracts are drawn up in these words; those drawn up before keep theirs.

    Raises Stale, Refusal `contract_template.published`, `contract_template.faulty` (`facts["faults"]`), `contract_template.unchanged`.
    """
    row = _locked_draft(template, drawn_from=drawn_from)
    if found := rules.faults(wording_of(row)):
        raise Refusal(
            "contract_template.faulty",
            _("這一版還不能發布：%(sentences)s"),
            sentences="".join(fault.sentence for fault in found),
            faults=found,
        )
    if row.wording == in_force().wording:
        raise Refusal("contract_template.unchanged", _("這一版和目前的版本完全相同，沒有需要發布的內容。"))
    row.published_at = at
    row.save(update_fields=["published_at"])
    _record("contract_template.published", row, by=by, at=at)
    return row


@transaction.atomic(durable=True)
def discard_template(template: ContractTemplate, *, by: Actor, at: datetime) -> None:
    """Throw a draft away. Raises Refusal `contract_template.published`; harmless when it is gone."""
    row = ContractTemplate.objects.select_for_update().filter(pk=template.pk).first()
    if row is None:
        return
    _still_draft(row)
    _record("contract_template.discarded", row, by=by, at=at)
    row.delete()


def _locked_draft(template: ContractTemplate, *, drawn_from: int) -> ContractTemplate:
    row = ContractTemplate.objects.select_for_update().filter(pk=template.pk).first()
    if row is None:
        raise Stale()
    _still_draft(row)
    if row.edits != drawn_from:
        raise Stale()
    return row


def _still_draft(row: ContractTemplate) -> None:
    if row.published_at:
        raise Refusal("contract_template.published", _("這一版已發布，不能再修改；請另外起草新的一版。"))


def _record(kind: str, template: ContractTemplate, *, by: Actor, at: datetime) -> None:
    events.record(kind, template, case=template.case, by=by, at=at, announce=False, version=template.version)
