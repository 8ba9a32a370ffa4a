"""Every transition × state of every life: the table of transitions, and the database itself by raw SQL, say the same."""

import itertools

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from scripts import states_diagram
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance, allowed
from tests.factories import guards_off

UNHEARD_OF = "NOWHERE"
MACHINES = {machine.name: machine for _, machine in states_diagram.machines()}


def model_of(machine):
    """The model whose table carries the machine's trigger."""
    (model,) = [
        model
        for model in apps.get_models()
        if any(trigger.name == f"{machine.name}_moves" for trigger in getattr(model._meta, "triggers", []))
    ]
    return model


def test_every_life_has_its_page():
    assert states_diagram.PAGE.read_text(encoding="utf-8") == states_diagram.page(), (
        "python scripts/states_diagram.py"
    )


@pytest.mark.parametrize("name", MACHINES)
def test_every_life_is_well_made(name):
    machine = MACHINES[name]
    names = [move.name for move in machine.transitions]
    assert len(names) == len(set(names))
    reached = {machine.initial}
    for _ in machine.states:
        reached |= {target for source, target in machine.moves() if source in reached}
    assert reached == set(machine.states)
    events = [move.event for move in machine.transitions]
    assert all(event.count(".") == 1 and event == event.lower() for event in events)
    assert len(events) == len(set(events))
    field = model_of(machine)._meta.get_field("state")
    assert all(len(state) <= field.max_length for state in machine.states)
    assert not field.choices or {value for value, _ in field.choices} == set(machine.states)


@pytest.mark.parametrize("name", MACHINES)
def test_guard_lets_each_kind_of_actor_do_what_the_table_says(name):
    machine = MACHINES[name]
    kinds = {kind for move in machine.transitions for kind in move.by} | {"visitor", "expert"}
    for move, state, kind in itertools.product(machine.transitions, machine.states, kinds):
        may = state in move.sources and kind in move.by
        assert (move in allowed(machine, state, kind)) is may
        if not may:
            thing = model_of(machine)(pk=0, state=state, version=0)
            with pytest.raises(Refusal) as refused:
                advance(thing, machine, move.name, by=Actor(kind), at=None, case="")
            expected = "transition.not_now" if kind in move.by else "transition.not_yours"
            assert refused.value.code == expected
            assert thing.state == state


@pytest.fixture
def bare_table():
    """Take from a machine's table, for the length of the test's transaction, the guards that are not about states."""

    def strip(machine):
        table = model_of(machine)._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'f')",
                [table],
            )
            for (constraint,) in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}"')
            cursor.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attnotnull"
                " AND attname NOT IN ('id', 'state', 'version')",
                [table],
            )
            for (column,) in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {table} ALTER COLUMN "{column}" DROP NOT NULL')
        return table

    return strip


def run(sql, parameters):
    """Whether the triggers let it happen; any other objection is an error of the test."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, parameters)
    except DatabaseError as error:
        if "Cannot insert rows" in str(error) or "Invalid transition" in str(error):
            return False
        raise
    return True


@pytest.mark.django_db
@pytest.mark.parametrize("name", MACHINES)
def test_database_lets_exactly_the_table_through(name, bare_table):
    machine = MACHINES[name]
    table = bare_table(machine)
    begins = {
        state: run(f"INSERT INTO {table} (id, state, version) VALUES (%s, %s, 0)", [-1 - place, state])
        for place, state in enumerate((*machine.states, UNHEARD_OF))
    }
    assert [state for state, let in begins.items() if let] == [machine.initial]
    moves = []
    for place, (source, target) in enumerate(itertools.permutations((*machine.states, UNHEARD_OF), 2)):
        key = -1000 - place
        with guards_off(), connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} (id, state, version) VALUES (%s, %s, 0)", [key, source])
        if run(f"UPDATE {table} SET state = %s WHERE id = %s", [target, key]):
            moves.append((source, target))
    assert sorted(moves) == machine.moves()
