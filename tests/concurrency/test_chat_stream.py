"""The stream of text support over real notifications: heard by every process, replayed after a break, shown to nobody else (R-34, R-37)."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from tcloud.core import clock
from tcloud.support.operations import chat, chat_desk
from tcloud.web.ui.chat_access import COOKIE
from tests import factories
from tests.factories import NOW
from tests.support import chats
from tests.support.chats import acting
from tests.support.streams import application, opened

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.xdist_group("concurrency"),
    pytest.mark.django_db(transaction=True),
]
KEY = "k" * 43
MINE = f"{COOKIE}={KEY}"


@pytest.fixture(autouse=True)
def friday():
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def held():
    return chats.opened(factories.programme(), key=KEY)


def path(conversation: Any) -> str:
    return f"/stream/chat/{conversation.number}/"


async def elsewhere(call: Callable[[], Any]) -> Any:
    """What another process does meanwhile: in a thread, on a connection of its own."""

    def act() -> Any:
        try:
            return call()
        finally:
            connection.close()

    return await asyncio.to_thread(act)


def session(user: Any) -> str:
    return f"sessionid={factories.signed_in(user).cookies['sessionid'].value}"


@pytest.mark.rule("R-34")
def test_a_message_is_heard_in_every_process_and_numbered(held):
    agent = chats.agent()

    async def story() -> None:
        async with (
            application() as one,
            application() as two,
            opened(one, path(held), cookies=MINE) as first,
            opened(two, path(held), cookies=MINE) as second,
        ):
            await asyncio.gather(one.hub.heard.wait(), two.hub.heard.wait())
            await elsewhere(lambda: chat_desk.take(held, by=acting(agent), at=NOW))
            await elsewhere(lambda: chats.said(held, "您好，\n請說", by=acting(agent)))
            for stream in (first, second):
                await stream.hears("請說")
                assert stream.ids == [1, 2, 3]
                assert "張客服正在為您服務" in stream.text
            assert first.headers["content-type"].startswith("text/event-stream")

    asyncio.run(story())


@pytest.mark.rule("R-34")
def test_what_was_missed_comes_with_the_next_stream(held):
    for number in range(2, 6):
        chats.said(held, f"第{number}則")

    async def story() -> None:
        async with application() as app:
            async with opened(app, path(held), cookies=MINE, query="after=2", last_event_id="4") as stream:
                await stream.hears("第5則")
                assert stream.ids == [5]
            async with opened(app, path(held), cookies=MINE, query="after=2") as stream:
                await stream.hears("第5則")
                assert stream.ids == [3, 4, 5]

    asyncio.run(story())


def test_a_lost_listening_connection_is_made_again_and_everybody_looks(held, monkeypatch):
    monkeypatch.setattr("tcloud.web.ui.chat_stream.AGAIN_SECONDS", 0)

    def cut() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %%' AND datname = current_database()"
            )

    async def story() -> None:
        async with application() as app, opened(app, path(held), cookies=MINE) as stream:
            await app.hub.heard.wait()
            await elsewhere(cut)
            await elsewhere(lambda: chats.said(held, "斷線時寫的"))
            await stream.hears("斷線時寫的")

    asyncio.run(story())


@pytest.mark.rule("R-37")
def test_a_stream_shows_nothing_that_the_page_would_not(held):
    company = factories.company()
    owner, stranger = factories.user(company), factories.user(company)
    theirs = chats.of_member(held.programme, company, owner)
    agent, officer = session(chats.agent()), session(factories.user(staff_role="officer"))
    gone = chats.opened(held.programme, key="other")
    table = [
        (path(held), MINE, 200),
        (path(held), f"{COOKIE}={'x' * 43}", 404),
        (path(held), "", 404),
        (path(held), agent, 404),
        (path(theirs), session(owner), 200),
        (path(theirs), session(stranger), 404),
        (path(theirs), MINE, 404),
        (path(gone), f"{COOKIE}=other", 404),  # not a key we would have given
        ("/stream/desk/", agent, 200),
        ("/stream/desk/", officer, 404),
        ("/stream/desk/", MINE, 404),
        (f"/stream/desk/{held.number}/", agent, 200),
        (f"/stream/desk/{held.number}/", session(owner), 404),
        ("/stream/desk/CH0/", agent, 404),
        ("/stream/chat/", MINE, 404),
        ("/stream/", MINE, 404),
    ]

    async def story() -> list[int]:
        found = []
        async with application() as app:
            for address, cookies, _expected in table:
                async with opened(app, address, cookies=cookies) as stream:
                    found.append(stream.status)
        return found

    assert asyncio.run(story()) == [expected for *_, expected in table]


def test_a_stream_ends_when_its_reader_is_no_longer_let_in(held):
    user = chats.agent()
    cookies = session(user)

    async def story() -> None:
        async with application() as app, opened(app, "/stream/desk/", cookies=cookies) as stream:
            await stream.hears(held.number)
            await app.hub.heard.wait()
            await elsewhere(lambda: type(user).objects.filter(pk=user.pk).update(is_active=False))
            before = stream.text
            await elsewhere(lambda: chat.leave(held, by=chats.ASKER, at=NOW))
            async with asyncio.timeout(10):
                while app.hub.count():
                    await asyncio.sleep(0)
            assert stream.text == before

    asyncio.run(story())


def test_other_sites_and_too_many_streams_are_turned_away(held, settings, monkeypatch):
    settings.SITE_URL = "http://127.0.0.1:8000"
    monkeypatch.setattr("tcloud.web.ui.chat_stream.MOST_OF_ONE", 1)

    async def story() -> None:
        async with application() as app:
            async with opened(app, path(held), cookies=MINE, origin="https://evil.example") as stream:
                assert stream.status == 403
            async with opened(app, path(held), cookies=MINE, origin=settings.SITE_URL) as stream:
                assert stream.headers["access-control-allow-origin"] == settings.SITE_URL
                async with opened(app, path(held), cookies=MINE) as second:
                    assert second.status == 503

    asyncio.run(story())
