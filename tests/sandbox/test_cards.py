"""The PIN of a software card: three tries, kept on disk, counted once each whoever tries at the same time."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cards import CardError, CardLocked, CardStore, WrongPin
from sandbox.pki import Pki

PIN = "12345678"


@pytest.fixture
def cards(tmp_path: Path) -> Iterator[CardStore]:
    pki = Pki.open(tmp_path, "http://localhost:9000")
    yield CardStore(pki)
    pki.close()


def test_pin_counter_survives_reopening_and_locks_at_three(tmp_path: Path) -> None:
    pki = Pki.open(tmp_path, "http://localhost:9000")
    cards = CardStore(pki)
    card_id = cards.issue("12345675", "測試有限公司").card_id
    for tries_left in (2, 1):
        with pytest.raises(WrongPin) as wrong:
            cards.login(card_id, "87654321")
        assert wrong.value.tries_left == tries_left
    pki.close()

    again = Pki.open(tmp_path, "http://localhost:9000")
    cards = CardStore(again)
    with pytest.raises(WrongPin):
        cards.login(card_id, "87654321")
    with pytest.raises(CardLocked):
        cards.login(card_id, PIN)
    cards.unlock(card_id)
    cards.login(card_id, PIN)
    tries_left = cards.get(card_id).tries_left
    again.close()
    assert tries_left == 3


def test_right_pin_gives_all_tries_back(cards: CardStore) -> None:
    card_id = cards.issue("12345675", "測試有限公司").card_id
    with pytest.raises(WrongPin):
        cards.login(card_id, "87654321")
    cards.login(card_id, PIN)
    assert cards.get(card_id).tries_left == 3


def test_login_tried_eight_times_at_once_counts_three(cards: CardStore) -> None:
    card_id = cards.issue("12345675", "測試有限公司").card_id
    outcomes: list[type[Exception]] = []

    def attempt() -> None:
        try:
            cards.login(card_id, "87654321")
        except CardError as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (outcomes.count(WrongPin), outcomes.count(CardLocked)) == (3, 5)
