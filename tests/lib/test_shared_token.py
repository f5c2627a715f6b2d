"""A lent token: whoever finds it stale renews it alone, and the others take what he got."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bridge.lib.shared_token import Lent, OwnShelf, Renewed, borrow


class Clock:
    """Monotonic time that only the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf(clock: Clock) -> OwnShelf:
    return OwnShelf(clock)


def renewed(word: str, seconds: float = 60) -> Renewed:
    return Renewed(word, f"{word}-again", seconds)


def take(shelf: OwnShelf, clock: Clock, word: str, refused: int | None = None) -> tuple[str | None, list[str | None]]:
    """The token that was borrowed, and the refresh tokens with which the lender was asked."""
    asked: list[str | None] = []

    def renew(refresh: str | None) -> Renewed | str:
        asked.append(refresh)
        return renewed(word)

    found = borrow(shelf, refused, renew, clock.now + 5, clock)
    assert isinstance(found, Lent)
    return found.access, asked


def test_a_fresh_token_is_taken_and_the_lender_is_not_asked(shelf: OwnShelf, clock: Clock) -> None:
    assert take(shelf, clock, "one") == ("one", [None])
    assert take(shelf, clock, "two") == ("one", [])


def test_a_stale_token_is_renewed_by_its_refresh_token(shelf: OwnShelf, clock: Clock) -> None:
    take(shelf, clock, "one")
    clock.now += 60
    assert take(shelf, clock, "two") == ("two", ["one-again"])


def test_a_refused_token_is_renewed_though_it_looks_fresh_and_a_newer_one_is_not(shelf: OwnShelf, clock: Clock) -> None:
    take(shelf, clock, "one")
    refused = shelf.read().version
    assert take(shelf, clock, "two", refused) == ("two", ["one-again"])
    assert take(shelf, clock, "three", refused) == ("two", [])


def test_what_the_lender_says_instead_of_a_token_is_handed_on_and_the_hold_is_over(
    shelf: OwnShelf, clock: Clock
) -> None:
    assert borrow(shelf, None, lambda refresh: "no", clock.now + 5, clock) == "no"
    assert take(shelf, clock, "one") == ("one", [None])


def test_a_lender_that_breaks_leaves_no_hold(shelf: OwnShelf, clock: Clock) -> None:
    def broken(refresh: str | None) -> Renewed | str:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        borrow(shelf, None, broken, clock.now + 5, clock)
    assert take(shelf, clock, "one") == ("one", [None])


def test_a_refresh_token_is_used_once_whatever_becomes_of_it(shelf: OwnShelf, clock: Clock) -> None:
    take(shelf, clock, "one")
    clock.now += 60
    assert borrow(shelf, None, lambda refresh: f"lost {refresh}", clock.now + 5, clock) == "lost one-again"
    assert take(shelf, clock, "two") == ("two", [None])


def test_who_comes_while_another_renews_waits_and_takes_his(shelf: OwnShelf, clock: Clock) -> None:
    held = shelf.hold(0, 30)
    assert held is not None
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(take, shelf, clock, f"own {n}") for n in range(4)]
        assert not any(future.done() for future in waiting)
        assert shelf.put(held.version, renewed("his"))
        assert [future.result(60) for future in waiting] == [("his", [])] * 4


def test_who_waits_in_vain_until_his_deadline_gets_nothing(shelf: OwnShelf, clock: Clock) -> None:
    assert shelf.hold(0, 30) is not None
    assert borrow(shelf, None, renewed, clock.now, clock) is None  # type: ignore[arg-type]  # it is not asked


def test_a_hold_whose_holder_died_ends_by_itself_and_his_late_word_changes_nothing(
    shelf: OwnShelf, clock: Clock
) -> None:
    dead = shelf.hold(0, 30)
    assert dead is not None
    clock.now += 31
    assert take(shelf, clock, "next") == ("next", [None])
    assert not shelf.put(dead.version, renewed("late"))
    assert not shelf.release(dead.version)
    assert take(shelf, clock, "other") == ("next", [])


def test_who_saw_the_token_held_and_asks_after_the_renewal_may_not_hold_the_fresh_one(shelf: OwnShelf) -> None:
    held = shelf.hold(0, 30)
    assert held is not None
    seen = shelf.read().version
    shelf.put(held.version, renewed("his"))
    assert shelf.hold(seen, 30) is None


def test_of_all_who_see_the_same_stale_token_one_may_hold_it(shelf: OwnShelf) -> None:
    start = threading.Barrier(16)

    def hold(_: int) -> Lent | None:
        start.wait(60)
        return shelf.hold(0, 30)

    with ThreadPoolExecutor(16) as pool:
        assert sum(held is not None for held in pool.map(hold, range(16))) == 1
