"""The stamp of what visitors see: another one after each committed change, the same otherwise, and nobody waits for it."""

import threading

import pytest
from django.db import connection, transaction

from tcloud.catalogue.models import Category, Supplier
from tcloud.core.models import PublicChange
from tcloud.core.stamp import Kept, stamp
from tests import factories


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE catalogue_supplier SET intro = 'x'",
        "UPDATE catalogue_plan SET delisted_at = now()",
        "UPDATE catalogue_solution SET name_en = 'x'",
        "UPDATE programme_programme SET name = 'x'",
        "DELETE FROM catalogue_category WHERE id NOT IN (SELECT category_id FROM catalogue_solution) AND parent_id IS NOT NULL",
        "INSERT INTO catalogue_synonymgroup (words, finds_also, keys, also_keys, version, changed_at) VALUES ('{a,b}', '{}', '{a,b}', '{}', 1, now())",
    ],
)
def test_stamp_differs_after_any_change(sql):
    factories.programme()
    factories.plan()
    before = stamp()
    assert stamp() == before
    with connection.cursor() as cursor:
        cursor.execute(sql)
    assert stamp() != before


@pytest.mark.django_db
def test_stamp_is_as_before_when_the_change_is_rolled_back():
    factories.plan()
    before = stamp()
    with transaction.atomic():
        Supplier.objects.update(intro="x")
        assert stamp() != before
        transaction.set_rollback(True)
    assert stamp() == before


@pytest.mark.concurrency
@pytest.mark.xdist_group("concurrency")
@pytest.mark.django_db(transaction=True)
def test_stamp_is_seen_with_the_change_and_writers_do_not_wait_for_each_other(at_once):
    """Sixteen writers hold their changes open at the same time; a reader sees each stamp only with the change it stands for."""
    names = [f"c{number}" for number in range(16)]
    Category.objects.bulk_create(Category(code=name, name="0", name_en="x", icon="x") for name in names)
    base = sum(PublicChange.objects.values_list("count", flat=True))
    all_in, stop, seen = threading.Barrier(len(names)), threading.Event(), []

    def write(name):
        with transaction.atomic():
            Category.objects.filter(code=name).update(name="1")
            all_in.wait(30)  # nobody gets here while another holds what it waits for

    def read():
        while not stop.is_set():
            with connection.cursor() as cursor:  # one statement, one snapshot
                cursor.execute(
                    "SELECT (SELECT sum(count) FROM core_publicchange), (SELECT count(*) FROM catalogue_category WHERE name = '1')"
                )
                seen.append(cursor.fetchone())

    def write_all():
        outcomes = at_once(*[lambda name=name: write(name) for name in names])
        stop.set()
        return outcomes

    outcomes, _read = at_once(write_all, read)
    assert outcomes == [None] * len(names)
    assert all(count - base == changed for count, changed in seen)
    assert sum(PublicChange.objects.values_list("count", flat=True)) - base == len(names)


def test_kept_reads_once_a_stamp_and_never_answers_with_an_older_one():
    kept, found = Kept(), []

    def read(value):
        found.append(value)
        return value

    assert [kept.get("1", "edition", lambda: read("a")) for _ in range(3)] == ["a"] * 3
    assert kept.get("1", "contact", lambda: read("b")) == "b"
    assert kept.get("2", "edition", lambda: read("c")) == "c"
    assert (
        kept.get("1", "edition", lambda: read("d")) == "d"
    )  # a slow thread with an older stamp reads for itself
    assert found == ["a", "b", "c", "d"]
