"""States and the moves between them: one tuple gives the guard, the database trigger, the diagram and the generated test."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pgtrigger
from django.db.models import F, Model
from django.utils.translation import gettext_lazy as _

from tcloud.core import events
from tcloud.core.actors import OFFICER, Actor
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal, Stale


@dataclass(frozen=True)
class Transition:
    """A move `name` from any of `sources` to `target`, open to actors of the kinds in `by`, recorded as `event`.

    `binds`: it binds whom the actor acts for, so she needs the right to.
    """

    name: str
    sources: tuple[str, ...]
    target: str
    by: frozenset[str]
    event: str
    binds: bool = False


def binding(by: Actor) -> None:
    """What follows binds whom `by` acts for. Raises Refusal `member.may_not_order` when she may not."""
    if not by.may_bind:
        raise Refusal(
            "member.may_not_order",
            _("您的帳號沒有訂購權限。請先建立草稿並送請負責人核准，由有訂購權限的人簽署、送出。"),
        )


def not_yours() -> Refusal:
    """What is answered to whoever may not do this: Refusal `transition.not_yours`."""
    return Refusal("transition.not_yours", _("您的身分不能執行這個動作。"))


def only(by: Actor, *kinds: str) -> None:
    """What follows is for actors of these kinds. Raises Refusal `transition.not_yours` for anybody else."""
    if by.kind not in kinds:
        raise not_yours()


def officers_only(by: Actor) -> None:
    """What follows is decided by the programme office. Raises Refusal `transition.not_yours` for anybody else."""
    only(by, OFFICER)


def person(by: Actor) -> int:
    """The user id of who acts, where that has to be a person. Raises Refusal `transition.not_yours` for the system."""
    if by.user_id is None:
        raise not_yours()
    return by.user_id


@dataclass(frozen=True)
class Machine:
    """The life of one kind of thing: its `initial` state and every legal move."""

    name: str
    initial: str
    transitions: tuple[Transition, ...]

    def find(self, name: str) -> Transition:
        """The transition called `name`. Raises KeyError."""
        for transition in self.transitions:
            if transition.name == name:
                return transition
        raise KeyError(name)

    @property
    def states(self) -> tuple[str, ...]:
        """Every state, in the order of the table."""
        named = (state for t in self.transitions for state in (*t.sources, t.target))
        return tuple(dict.fromkeys((self.initial, *named)))

    def moves(self) -> list[tuple[str, str]]:
        """Every (from, to) pair of different states that some transition allows."""
        return sorted(
            {(source, t.target) for t in self.transitions for source in t.sources if source != t.target}
        )

    def triggers(self) -> list[pgtrigger.Trigger]:
        """Database triggers: a row begins in the initial state and moves only along the table, even by raw SQL."""
        return [
            pgtrigger.Protect(
                name=f"{self.name}_begins",
                operation=pgtrigger.Insert,
                condition=~pgtrigger.Q(new__state=self.initial),
            ),
            pgtrigger.FSM(name=f"{self.name}_moves", field="state", transitions=self.moves()),
        ]


def allowed(machine: Machine, state: str, kind: str) -> Iterable[Transition]:
    """The transitions that an actor of `kind` may take from `state`."""
    return [t for t in machine.transitions if state in t.sources and kind in t.by]


def advance(
    instance: Model,
    machine: Machine,
    name: str,
    *,
    by: Actor,
    at: datetime,
    case: str,
    changes: dict[str, Any] | None = None,
    announce: bool = True,
    **data: Any,
) -> Event:
    """Move `instance` along `machine` by the transition `name`: one compare-and-set UPDATE on state and version, and its event.

    `changes` are columns set with it, `data` goes into the event. Call inside the operation's transaction with the row locked.
    Raises Refusal `transition.not_yours`, `member.may_not_order`, `transition.not_now`; Stale when another process moved it first.
    """
    transition = machine.find(name)
    state: str = instance.state  # type: ignore[attr-defined]
    version: int = instance.version  # type: ignore[attr-defined]
    only(by, *transition.by)
    if transition.binds:
        binding(by)
    if state not in transition.sources:
        raise Refusal("transition.not_now", _("目前的狀態已不能執行這個動作，請重新整理頁面查看最新進度。"))
    values = {"state": transition.target, "version": version + 1, **(changes or {})}
    moved = (
        type(instance)
        ._default_manager.filter(pk=instance.pk, state=state, version=version)
        .update(**values | {"version": F("version") + 1})
    )
    if not moved:
        raise Stale()
    for field, value in values.items():
        setattr(instance, field, value)
    return events.record(
        transition.event,
        instance,
        case=case,
        by=by,
        at=at,
        announce=announce,
        **{"from": state, "to": transition.target},
        **data,
    )
