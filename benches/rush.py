"""points/rush: an opening day. Ten thousand companies send their assessment at once; the appropriation pays six thousand."""

import multiprocessing
import threading
import time
from dataclasses import dataclass
from typing import Any

from benches.points import PROCESSES, companies

COMPANIES, PAID_FOR, CLIENTS = 10_000, 6_000, 32


@dataclass(frozen=True)
class Rushed:
    """How long it took, and the time in ms within which 99 of 100 companies had their answer."""

    seconds: float
    p99_ms: float


def prepare() -> tuple[int, int]:
    """An edition with its budget, and the companies with their assessment answered but not sent: (edition, first assessment)."""
    from django.db import connection

    from tcloud.assessment.models import Questionnaire
    from tcloud.core import clock, events
    from tcloud.core.actors import THE_SYSTEM
    from tcloud.points import operations as points
    from tcloud.programme import operations as programmes

    at = clock.now()
    edition = programmes.open_edition(
        programmes.create(code="rush", by=THE_SYSTEM, at=at), by=THE_SYSTEM, at=at
    )
    points.appropriate(edition, PAID_FOR * edition.grant_points, reference="rush", by=THE_SYSTEM, at=at)
    first = companies("Bench rush", COMPANIES)
    questionnaire = Questionnaire.objects.latest("number")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE points_participant SET programme_id = %s WHERE company_id >= %s", [edition.pk, first]
        )
        cursor.execute(
            "INSERT INTO assessment_assessment (programme_id, company_id, admission, questionnaire_id, answers, profile, started_at, saved_at)"
            " SELECT %s, n, 1, %s, %s::jsonb, '{}', now(), now() FROM generate_series(%s::bigint, %s::bigint) n RETURNING id",
            [
                edition.pk,
                questionnaire.pk,
                events.as_jsonb(_answers(questionnaire.content)),
                first,
                first + COMPANIES - 1,
            ],
        )
        rows = [pk for (pk,) in cursor.fetchall()]
        cursor.execute("ANALYZE")
    return edition.pk, rows[0]


def _answers(content: dict[str, Any]) -> dict[str, Any]:
    """The first option of every question."""
    from tcloud.assessment import rules

    said: dict[str, Any] = {}
    for question in content["questions"]:
        first = question["options"][0]["code"]
        said[question["code"]] = [first] if question["kind"] == "multi" else first
    return {question["code"]: said[question["code"]] for question in rules.shown(content, said)}


def _send(clients: list[int], first: int, begin: Any, done: Any) -> None:
    import django

    django.setup()
    from django.db import connection

    from tcloud.assessment import operations
    from tcloud.assessment.models import Assessment
    from tcloud.core import clock
    from tcloud.core.actors import COMPANY, Actor
    from tcloud.members.models import User

    user, times = User.objects.earliest("id"), []
    connection.close()

    def one(client: int) -> None:
        for pk in range(first + client, first + COMPANIES, CLIENTS):
            began = time.perf_counter()
            operations.complete(Assessment(pk=pk), user=user, by=Actor(COMPANY, name="rush"), at=clock.now())
            times.append(time.perf_counter() - began)
        connection.close()

    threads = [threading.Thread(target=one, args=(client,)) for client in clients]
    begin.wait()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.put(times)


def rush(edition: int, first: int) -> Rushed:
    """Let them all send. Raises RuntimeError unless exactly as many were granted as the budget pays and all others wait in order."""
    context = multiprocessing.get_context("spawn")
    begin, done = context.Barrier(PROCESSES + 1), context.Queue()
    workers = [
        context.Process(target=_send, args=(list(range(number, CLIENTS, PROCESSES)), first, begin, done))
        for number in range(PROCESSES)
    ]
    for worker in workers:
        worker.start()
    begin.wait()
    began = time.perf_counter()
    times = sorted(one for _worker in workers for one in done.get(timeout=600))
    seconds = time.perf_counter() - began
    for worker in workers:
        worker.join()
    _check(edition)
    return Rushed(seconds, 1000 * times[int(0.99 * len(times))])


def _check(edition: int) -> None:
    from tcloud.assessment.models import Assessment
    from tcloud.points import queries
    from tcloud.points.models import Grant
    from tcloud.programme.models import Programme

    programme = Programme.objects.get(pk=edition)
    granted = set(Grant.objects.filter(programme=programme).values_list("company_id", flat=True))
    line = list(queries.waiting(programme).values_list("company_id", flat=True))
    sent_at: dict[int, Any] = dict(
        Assessment.objects.filter(programme=programme).values_list("company_id", "completed_at")
    )
    wrong = {
        f"{len(granted)} granted, {PAID_FOR} paid for": len(granted) != PAID_FOR,
        f"{len(line)} wait": len(line) != COMPANIES - PAID_FOR,
        "some are lost": len(granted | set(line)) != COMPANIES,
        "the line is not in order of completion": line != sorted(line, key=sent_at.__getitem__),
        "points are left or overdrawn": queries.budget(programme)["left"] != 0,
        "the books do not balance": not queries.audit()["balanced"],
    }
    if any(wrong.values()):
        raise RuntimeError(", ".join(sentence for sentence, is_so in wrong.items() if is_so))
