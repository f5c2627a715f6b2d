"""Reconcile: shops that lose webhooks are asked for the orders that changed; what they never told is recovered.

A recovered delivery is decided as any other, by the same keys, so that nothing rings twice.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge import http
from bridge.fetching import share_tokens
from bridge.http import Answer, NotSent, Unsure
from bridge.model import BadPayload, Json, Order, Platform, Source
from bridge.platforms import Ask, Page, Poll, find_platform, poll_of
from bridge.shop import Failure, Tokens
from bridge.store import Connection, Store
from bridge.store.catalog import Catalog, Catalogs
from bridge.store.polls import (
    Told,
    claim_poll,
    due_polls,
    hold_poll,
    keep_polls,
    known_polls,
    recover,
    what_was_told,
    write_poll,
)
from bridge.store.undecided import has_undecided

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=5)
LEASE = timedelta(minutes=2)
SOON = timedelta(seconds=5)  # while what the shop sent is not decided yet
OVERLAP = timedelta(minutes=1)
SETTLED = timedelta(minutes=1)  # a webhook may still be on its way
LONGEST_PAUSE = timedelta(hours=2)
SECONDS = 30
LIMIT_BYTES = 8_388_608

PASSING = ("poll_rate_limited", "poll_unreachable", "fetch_rate_limited", "fetch_no_answer")

_STATUSES = {401: "poll_credentials", 403: "poll_credentials", 404: "poll_not_found", 429: "poll_rate_limited"}


@dataclass(frozen=True, repr=False)
class _Found:
    """One listed order: its text, and what the platform reads of it; None where it cannot."""

    text: str
    order: Order | None


@dataclass(frozen=True)
class _Failed:
    reason: str
    rest: timedelta = timedelta(0)


def reconcile(store: Store, catalogs: Catalogs, now: datetime, monotonic: Callable[[], float]) -> int:
    """One page of each source whose look is due; how many deliveries were recovered.

    1. Ask those sources that are enabled and have credentials; one that is new, from now on.
    2. Claim a look, ask the shop for one page (no transaction is open meanwhile), read it.
    3. Store what no webhook told, and how far the look came, in one transaction.
    """
    with store.read() as conn:
        catalog = catalogs.read(conn)
        wanted, known, due = _asked(catalog), known_polls(conn), due_polls(conn, now)
    if wanted != known:
        first = {"start": now.isoformat(), "since": now.isoformat()}
        with store.write() as conn:
            keep_polls(conn, dict.fromkeys(wanted, first), now)
            due = due_polls(conn, now)
    found = 0
    for row in due:
        source = catalog.sources.get(row.source_id)
        if source is not None and row.source_id in wanted:
            found += _look(store, catalogs, source, row, now, monotonic)
    return found


def _asked(catalog: Catalog) -> set[str]:
    polls = {source.id: poll_of(source.platform) for source in catalog.sources.values() if source.enabled}
    return {name for name, poll in polls.items() if poll is not None and poll.is_on(catalog.sources[name])}


def _look(
    store: Store, catalogs: Catalogs, source: Source, row: Any, now: datetime, monotonic: Callable[[], float]
) -> int:
    lease = now + LEASE
    with store.write() as conn:
        if not claim_poll(conn, row, lease) or _must_wait(conn, source.id, now):
            return 0
    tokens = share_tokens(store, catalogs, lambda: now)
    page = _page(_poll(source), source, row.position, tokens, monotonic() + SECONDS)
    with store.write() as conn:
        if not hold_poll(conn, source.id, lease):
            return 0
        if isinstance(page, _Failed):
            log.warning("poll failed source=%s reason=%s", source.id, page.reason)
            write_poll(conn, source.id, _put_off(row, page, now))
            return 0
        recovered = 0 if _must_wait(conn, source.id, now) else _take(conn, source, row, page, now)
    if recovered:
        log.info("deliveries recovered source=%s count=%d", source.id, recovered)
    return recovered


def _must_wait(conn: Connection, source_id: str, now: datetime) -> bool:
    """While something that the shop sent is not decided, nobody knows what it told."""
    waits = has_undecided(conn, source_id, "")
    if waits:
        write_poll(conn, source_id, {"wake_at": now + SOON})
    return waits


def _take(conn: Connection, source: Source, row: Any, page: Page, now: datetime) -> int:
    """What no webhook told of this page is stored, and how far the look came."""
    listed = [_Found(text, _read(source, text, now)) for text in page.orders]
    recovered = _recover(conn, source, listed, datetime.fromisoformat(row.position["start"]), now)
    fresh = {"looked_at": now, "failures": 0, "reason": None, "recovered": row.recovered + recovered}
    write_poll(conn, source.id, {**fresh, **_onward(row.position, page, listed, recovered, now)})
    return recovered


def _poll(source: Source) -> Poll:
    found = poll_of(source.platform)
    if found is None:
        raise LookupError(source.platform)
    return found


def _platform(source: Source) -> Platform:
    found = find_platform(source.platform)
    if found is None:
        raise LookupError(source.platform)
    return found


def _page(poll: Poll, source: Source, position: Mapping[str, Json], tokens: Tokens, deadline: float) -> Page | _Failed:
    ask = poll.ask(source, datetime.fromisoformat(position["since"]), position.get("page"))
    answer = _ask(ask, source, tokens, deadline)
    if isinstance(answer, _Failed):
        return answer
    if answer.status != 200:
        reason = "poll_redirected" if 300 <= answer.status < 400 else _STATUSES.get(answer.status, "poll_failed")
        return _Failed(reason, _rest(answer))
    try:
        return poll.read(answer.body, answer.headers, position.get("page"))
    except BadPayload:
        return _Failed("poll_bad_answer")


def _ask(ask: Ask, source: Source, tokens: Tokens, deadline: float) -> Answer | _Failed:
    """The shop's answer. Where it lends tokens, one that it refuses is replaced once."""
    api, refused = _platform(source).api, None
    login = api.login(source) if api else None
    if login is None:
        return _send(ask, source, deadline)
    for _ in range(2):
        lent = tokens.get(source, login, refused, deadline)
        if isinstance(lent, Failure):
            return _Failed(lent.reason, lent.rest)
        headers = {**ask.headers, "Authorization": f"Bearer {lent.access}"}
        answer = _send(replace(ask, headers=headers), source, deadline)
        if isinstance(answer, _Failed) or answer.status != 401:
            break
        refused = lent.version
    return answer


def _send(ask: Ask, source: Source, deadline: float) -> Answer | _Failed:
    try:
        return http.send(
            ask.method,
            ask.url,
            headers={"Accept": "application/json", **ask.headers},
            body=ask.body,
            deadline=deadline,
            limit_bytes=LIMIT_BYTES,
            public_only=source.settings.get("allow_private_addresses") is not True,
        )
    except (NotSent, Unsure) as error:
        if error.reason in ("address_refused", "unsendable"):
            return _Failed("poll_address")
        return _Failed("poll_bad_answer" if error.reason == "too_large" else "poll_unreachable")


def _rest(answer: Answer) -> timedelta:
    after = answer.headers.get("retry-after", "")
    return timedelta(seconds=min(int(after), 86_400)) if after.isascii() and after.isdigit() else timedelta(0)


def _put_off(row: Any, failed: _Failed, now: datetime) -> dict[str, Json]:
    """A page that the shop refused may never come again: its look begins anew."""
    failures = row.failures + 1
    pause = max(min(EVERY * 2 ** min(failures - 1, 10), LONGEST_PAUSE), failed.rest)
    values = {"wake_at": now + pause, "looked_at": now, "failures": failures, "reason": failed.reason}
    if failed.reason not in PASSING:
        values["position"] = {name: row.position[name] for name in ("start", "since")}
    return values


def _read(source: Source, text: str, now: datetime) -> Order | None:
    """The order in this text, by the platform's own reading of an update."""
    try:
        events = _platform(source).read(_poll(source).request(source, text, _update_topic(source)), source, now).events
    except BadPayload:
        return None
    return events[0].order if events else None


def _update_topic(source: Source) -> str:
    topics = _platform(source).topics
    return next((name for name, ours in topics.items() if ours == "order.updated"), next(iter(topics)))


def _recover(conn: Connection, source: Source, listed: Sequence[_Found], start: datetime, now: datetime) -> int:
    told = what_was_told(conn, source.id, [found.order.id for found in listed if found.order is not None])
    count = 0
    for found in listed:
        order = found.order
        if order is None:
            # Kept once, so that it fails where a person sees it.
            wanted = {_update_topic(source): ("body", hashlib.sha256(found.text.encode()).hexdigest())}
        else:
            at = order.updated_at.isoformat() if order.updated_at else ""
            topics = _untold(_poll(source), order, told.get(order.id), start, now)
            wanted = dict.fromkeys(topics, (order.id, at))
        for topic, state in wanted.items():
            request = _poll(source).request(source, found.text, topic)
            count += recover(conn, source.id, ":".join(("recovered", *state, topic)), request, now)
    return count


def _untold(poll: Poll, order: Order, told: Told | None, start: datetime, now: datetime) -> tuple[str, ...]:
    """The platform's topics that the shop should have sent of this order, and did not."""
    if order.updated_at is None or order.updated_at > now - SETTLED:
        return ()
    is_new = (told is None or not told.created) and order.created_at is not None and order.created_at >= start
    if told is None and not is_new and not poll.names_new:
        return ()
    topics = poll.topics(order, is_new)
    if told is None or told.state_at is None or told.state_at < order.updated_at:
        return topics
    return topics[:1] if is_new else ()


def _onward(
    position: Mapping[str, Json], page: Page, listed: Sequence[_Found], recovered: int, now: datetime
) -> dict[str, Json]:
    """Where the next look goes on.

    While pages are turned an order may move from one to the other, unseen: a look of several pages is made again
    until it finds nothing new, and only then moves on.
    """
    times = [found.order.updated_at for found in listed if found.order is not None and found.order.updated_at]
    seen = [at for at in times if at <= now - SETTLED]
    newest = max([*seen, datetime.fromisoformat(position.get("newest") or position["since"])])
    found = position.get("found", 0) + recovered
    kept = {"start": position["start"], "since": position["since"]}
    if page.next is not None:
        onward = {**kept, "page": page.next, "newest": newest.isoformat(), "found": found}
        return {"position": onward, "wake_at": now}
    if position.get("page") is not None and found:
        return {"position": kept, "wake_at": now}
    since = max(datetime.fromisoformat(position["since"]), newest.astimezone(UTC) - OVERLAP)
    return {"position": {**kept, "since": since.isoformat()}, "wake_at": now + EVERY}
