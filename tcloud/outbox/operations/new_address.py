"""A person's new address: proved, it is hers, and what her former address wanted goes with it."""

from datetime import datetime

from django.db import transaction

from tcloud.core.actors import Actor
from tcloud.members import operations as members
from tcloud.members.models import User
from tcloud.outbox.operations import preferences


def confirm(user: User, typed: str, *, by: Actor, at: datetime) -> None:
    """The code proves the new address. Raises what `prove_address` and `change_address` of members raise."""
    proved = members.prove_address(user, typed, at=at)
    with transaction.atomic(durable=True):
        members.change_address(proved, by=by, at=at)
        preferences.move(proved.former, proved.email, at=at)
