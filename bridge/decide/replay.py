"""Replay: stored deliveries are decided again from their bytes, under today's rules and adapters.

Each delivery is one transaction, so that a replay that is killed, doubled or raced by the workers rings nobody twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from bridge.core.model import BadPayload, Decision, Delivery, StoreDown
from bridge.decide.delivery import decide_read, read_claimed
from bridge.decide.event import Deciding
from bridge.decide.missed import Missed, find_missed, learn_missed
from bridge.decide.ring_again import Forced, Replaying, ring_again
from bridge.receive.fetch import fetch_again
from bridge.receive.stored import open_delivery
from bridge.shop_api.tokens import Tokens, share_tokens
from bridge.store import Connection, Store
from bridge.store.configuration.catalog import Catalog, Catalogs
from bridge.store.deliveries import Ending, close_deliveries, lock_delivery, note_undecided
from bridge.store.operation.actions import record_action
from bridge.store.undecided import UNDECIDED

__all__ = ["Forced", "Once", "Replayed", "replay"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Replayed:
    """What became of one delivery, with every rule's decision.

    outcome  decided, ignored, unreadable, internal_error; left as it is: erased, undecided, unknown, source_disabled,
             source_removed; must_fetch in a dry run, which sends no request to a shop
    """

    delivery_id: int
    outcome: str
    decisions: tuple[Decision, ...] = ()


# Wraps the transaction of one delivery: what it stores beside the decisions is committed with them, or not at all.
Once = Callable[[Connection, Callable[[], Replayed]], Replayed]


@dataclass
class _Run:
    """One replay. `promised`: as in `Replaying`; `learned`: the missed deliveries whose orders are known by now."""

    store: Store
    catalogs: Catalogs
    now: Callable[[], datetime]
    default_hotline: str | None
    dry: bool
    forced: Forced | None
    missed: Missed
    once: Once
    tokens: Tokens
    promised: set[tuple[str, str]] = field(default_factory=set)
    learned: set[int] = field(default_factory=set)


def replay(
    store: Store,
    catalogs: Catalogs,
    ids: Sequence[int],
    now: Callable[[], datetime],
    default_hotline: str | None,
    *,
    dry: bool = False,
    forced: Forced | None = None,
    once: Once = lambda conn, work: work(),
) -> Iterator[Replayed]:
    """Decide each of these deliveries again, oldest first, as the iterator is read. `dry`: nothing is stored.

    1. Read the deliveries that were never decided, of the same orders (`missed`).
    2. Ask the shop once more for the documents that a delivery lacks.
    3. Learn the orders' newest states before any rule is evaluated: a missed cancel prevents the ring.
    4. Evaluate today's rules; a wanted call waits again, is created, or stays as it is (`ring_again`).
    """
    ordered = sorted(set(ids))
    missed, tokens = find_missed(store, catalogs, ordered), share_tokens(store, catalogs.seal, now)
    run = _Run(store, catalogs, now, default_hotline, dry, forced, missed, once, tokens)
    for delivery_id in ordered:
        yield _replay_one(run, delivery_id)


def _replay_one(run: _Run, delivery_id: int) -> Replayed:
    try:
        if not run.dry:
            fetch_again(run.store, run.catalogs, delivery_id, run.tokens, run.now())
        with run.store.write() as conn, conn.begin_nested() as step:
            done = run.once(conn, partial(_decide_again, conn, run, delivery_id))
            if run.dry:
                step.rollback()
    except StoreDown as error:
        # One delivery that the database cannot take must not hold up the others, where the database answers.
        with run.store.write() as conn:
            note_undecided(conn, delivery_id, str(error))
        return Replayed(delivery_id, "internal_error")
    except BadPayload as error:
        if not run.dry:
            _fail(run, delivery_id, str(error))
        return Replayed(delivery_id, "unreadable")
    except Exception:
        # One delivery that breaks our code must not hold up the others; it stays as it was.
        log.exception("replay failed delivery=%s", delivery_id)
        return Replayed(delivery_id, "internal_error")
    if not run.dry:
        run.learned.update(run.missed.beside(delivery_id))
    return done


def _fail(run: _Run, delivery_id: int, problem: str) -> None:
    """Close a delivery that cannot be read as failed; one that was decided once stays so: its content is known."""
    with run.store.write() as conn:
        row = lock_delivery(conn, delivery_id)
        if row is not None and row.state in ("ignored", "failed") and not row.is_erased:
            close_deliveries(conn, [Ending(delivery_id, "failed", "bad_payload", problem)], run.now())


def _decide_again(conn: Connection, run: _Run, delivery_id: int) -> Replayed:
    now = run.now()
    catalog = run.catalogs.hold(conn)
    row = lock_delivery(conn, delivery_id)
    left = _left(catalog, row)
    if row is None or left is not None:
        return Replayed(delivery_id, left or "unknown")
    stored = open_delivery(conn, catalog, row)
    if run.dry and stored is not None and stored.is_incomplete():
        return Replayed(delivery_id, "must_fetch")
    learn_missed(conn, catalog, run.missed, row, _not_learned(run, row), now)
    replaying = Replaying(catalog, delivery_id, run.missed, run.forced, run.dry, run.promised)
    deciding = Deciding(catalog, now, run.default_hotline, partial(ring_again, replaying))
    (closed,) = decide_read(conn, deciding, [read_claimed(row, stored)])
    if run.forced is not None:
        record_action(conn, "replay", f"delivery:{delivery_id}", run.forced.reason, now, who=run.forced.who)
    return Replayed(delivery_id, "decided" if closed.decisions else "ignored", tuple(closed.decisions))


def _not_learned(run: _Run, row: Delivery) -> list[int]:
    return [other for other in run.missed.beside(row.id) if other not in run.learned]


def _left(catalog: Catalog, row: Delivery | None) -> str | None:
    """Why this delivery is not decided again, if so."""
    if row is None:
        return "unknown"
    if row.is_erased:
        return "erased"
    if row.state in UNDECIDED and not row.is_stuck:
        return "undecided"
    source = catalog.sources.get(row.source_id)
    if source is None:
        return "source_removed"
    return None if source.enabled else "source_disabled"
