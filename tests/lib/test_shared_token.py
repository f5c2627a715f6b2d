"""A shared token: whoever finds it stale renews it alone, and the others take what it fetched."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bridge.lib.shared_token import MemoryTokenStore, Renewed, SharedToken, get_token


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
def store(clock: Clock) -> MemoryTokenStore:
    return MemoryTokenStore(clock)


def renewed(word: str, seconds: float = 60) -> Renewed:
    return Renewed(word, f"{word}-again", seconds)


def take(
    store: MemoryTokenStore, clock: Clock, word: str, refused: int | None = None
) -> tuple[str | None, list[str | None]]:
    """The token that was returned, and the refresh tokens with which the issuer was asked."""
    requested: list[str | None] = []

    def renew(refresh: str | None) -> Renewed | str:
        requested.append(refresh)
        return renewed(word)

    found = get_token(store, refused, renew, clock.now + 5, clock)
    assert isinstance(found, SharedToken)
    return found.access, requested


def test_a_fresh_token_is_taken_and_the_issuer_is_not_asked(store: MemoryTokenStore, clock: Clock) -> None:
    assert take(store, clock, "one") == ("one", [None])
    assert take(store, clock, "two") == ("one", [])


def test_a_stale_token_is_renewed_by_its_refresh_token(store: MemoryTokenStore, clock: Clock) -> None:
    take(store, clock, "one")
    clock.now += 60
    assert take(store, clock, "two") == ("two", ["one-again"])


def test_a_refused_token_is_renewed_though_it_looks_fresh_and_a_newer_one_is_not(
    store: MemoryTokenStore, clock: Clock
) -> None:
    take(store, clock, "one")
    refused = store.read().version
    assert take(store, clock, "two", refused) == ("two", ["one-again"])
    assert take(store, clock, "three", refused) == ("two", [])


def test_what_the_issuer_answers_instead_of_a_token_is_returned_and_the_lease_is_over(
    store: MemoryTokenStore, clock: Clock
) -> None:
    assert get_token(store, None, lambda refresh: "no", clock.now + 5, clock) == "no"
    assert take(store, clock, "one") == ("one", [None])


def test_an_issuer_that_breaks_leaves_no_lease(store: MemoryTokenStore, clock: Clock) -> None:
    def broken(refresh: str | None) -> Renewed | str:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        get_token(store, None, broken, clock.now + 5, clock)
    assert take(store, clock, "one") == ("one", [None])


def test_a_refresh_token_is_used_once_whatever_becomes_of_it(store: MemoryTokenStore, clock: Clock) -> None:
    take(store, clock, "one")
    clock.now += 60
    assert get_token(store, None, lambda refresh: f"lost {refresh}", clock.now + 5, clock) == "lost one-again"
    assert take(store, clock, "two") == ("two", [None])


def test_who_comes_while_another_renews_waits_and_takes_its_token(store: MemoryTokenStore, clock: Clock) -> None:
    leased = store.begin_renewal(0, 30)
    assert leased is not None
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(take, store, clock, f"own {n}") for n in range(4)]
        assert not any(future.done() for future in waiting)
        assert store.finish_renewal(leased.version, renewed("theirs"))
        assert [future.result(60) for future in waiting] == [("theirs", [])] * 4


def test_who_waits_in_vain_until_the_deadline_gets_nothing(store: MemoryTokenStore, clock: Clock) -> None:
    assert store.begin_renewal(0, 30) is not None
    assert get_token(store, None, renewed, clock.now, clock) is None  # type: ignore[arg-type]  # it is not asked


def test_a_lease_whose_process_died_ends_by_itself_and_its_late_token_changes_nothing(
    store: MemoryTokenStore, clock: Clock
) -> None:
    dead = store.begin_renewal(0, 30)
    assert dead is not None
    clock.now += 31
    assert take(store, clock, "next") == ("next", [None])
    assert not store.finish_renewal(dead.version, renewed("late"))
    assert not store.cancel_renewal(dead.version)
    assert take(store, clock, "other") == ("next", [])


def test_who_saw_the_lease_and_asks_after_the_renewal_may_not_renew_the_fresh_token(store: MemoryTokenStore) -> None:
    leased = store.begin_renewal(0, 30)
    assert leased is not None
    seen = store.read().version
    store.finish_renewal(leased.version, renewed("theirs"))
    assert store.begin_renewal(seen, 30) is None


def test_of_all_who_see_the_same_stale_token_one_may_renew_it(store: MemoryTokenStore) -> None:
    start = threading.Barrier(16)

    def begin(_: int) -> SharedToken | None:
        start.wait(60)
        return store.begin_renewal(0, 30)

    with ThreadPoolExecutor(16) as pool:
        assert sum(leased is not None for leased in pool.map(begin, range(16))) == 1
