"""Tell people: each channel says which alarms opened and which are over, bundled, and a summary once a day.

The first alarm is told at once; what follows soon is bundled. In quiet hours only what loses money or orders is told.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bridge.core.model import DEFAULT_ZONE, BadSetting
from bridge.core.model.texts import Text
from bridge.monitor.alarms import describe, find_alarm
from bridge.notify.channels import SECONDS, Note, Said, say
from bridge.notify.summary import summarize
from bridge.store import Connection, Seal, Store
from bridge.store.notify.receivers import (
    Receiver,
    claim_receiver,
    find_receiver,
    learn,
    list_receivers,
    note_failure,
    note_taken,
)
from bridge.store.notify.tellings import News, last_told, mark_told, untold
from bridge.store.operation.alarms import close_others, keep_alarm

log = logging.getLogger(__name__)

FAILING = "channel_failing"
REFUSED = "refused: "
BUNDLED: Final = {False: timedelta(minutes=10), True: timedelta(minutes=1)}  # after the last; True: for what wakes
CLAIM = timedelta(seconds=90)  # more than a message may take
REST_FIRST, REST_MOST, REST_FINAL = timedelta(minutes=1), timedelta(minutes=30), timedelta(hours=1)
FAILING_TOLD = timedelta(minutes=15)
REMEMBERED = timedelta(days=2)  # for how long it is still worth telling that an alarm is over
MOST_NEWS = 500  # of one bundle
MOST_LINES = 20  # said of it, each
SUMMARY_LATE = timedelta(hours=6)  # so late a summary is still sent
QUIET = {"from": "22:00", "to": "07:00"}


@dataclass(frozen=True, repr=False)
class Teller:
    """What telling needs. `monotonic` in seconds."""

    store: Store
    seal: Seal
    monotonic: Callable[[], float]


@dataclass(frozen=True, repr=False)
class _Task:
    """What one message is about: alarms, or the summary of a day."""

    note: Note
    news: Sequence[News] = ()
    day: str | None = None


def tell_people(teller: Teller, now: datetime) -> int:
    """Let each channel say what it has to say; return how many messages were taken. Any number may do it at once."""
    with teller.store.read() as conn:
        channels = list_receivers(conn, "channel")
        waiting = [channel for channel in channels if _task(conn, channel, now) is not None]
    taken = sum(_tell(teller, channel.name, now) for channel in waiting)
    if waiting:
        with teller.store.read() as conn:
            channels = list_receivers(conn, "channel")
    for channel in channels:
        keep_channel_alarm(teller.store, channel, now)
    close_others(teller.store, (FAILING,), [channel.name for channel in channels], now)
    return taken


def say_test(teller: Teller, channel: Receiver, now: datetime) -> Said:
    """Say a test through this channel, at once. Errors: BadSetting where no key opens its credentials."""
    vietnamese = "Tin thử của VBot Bridge: kênh này nhận được cảnh báo và tổng kết ngày."
    english = "A test of VBot Bridge: this channel gets alarms and the daily summary."
    text = _in(channel, (vietnamese, english))
    note = Note("VBot Bridge", text, _key(channel.name, f"test {now.isoformat()}"))
    return _say(teller, channel, note, now)


def keep_channel_alarm(store: Store, channel: Receiver, now: datetime) -> None:
    """`channel_failing` is open while the channel refuses, or fails for FAILING_TOLD."""
    since, error = channel.failing_since, channel.error or ""
    is_so = since is not None and (error.startswith(REFUSED) or now - since >= FAILING_TOLD)
    facts = {"channel": channel.name, "error": error}
    keep_alarm(store, f"{FAILING}:{channel.name}", is_so and channel.off_at is None, facts, now)


def _tell(teller: Teller, name: str, now: datetime) -> bool:
    """Say what this channel has to say now, if nobody else does; whether it was taken."""
    with teller.store.write() as conn:
        channel = find_receiver(conn, "channel", name)
        task = _task(conn, channel, now) if channel is not None else None
        if channel is None or task is None or not claim_receiver(conn, "channel", name, now, now + CLAIM):
            return False
    said = _say(teller, channel, task.note, now)
    with teller.store.write() as conn:
        if said.is_taken:
            mark_told(conn, name, task.news, now)
            note_taken(conn, "channel", name, now)
            if task.day is not None:
                learn(conn, "channel", name, {"daily": task.day})
        else:
            since = channel.failing_since or now
            error = f"{REFUSED}{said.detail}" if said.is_final else said.detail
            note_failure(conn, "channel", name, error, since, now + _rest(said, now - since))
    if not said.is_taken:
        log.warning("channel not taken channel=%s detail=%s", name, said.detail)
    return said.is_taken


def _say(teller: Teller, channel: Receiver, note: Note, now: datetime) -> Said:
    try:
        document = channel.open(teller.seal)
    except BadSetting:
        return Said("secrets_locked")
    known = channel.learned or {}
    moved = {name: known[name] for name in ("chat_id",) if name in known}
    said = say(document, note, moved, now, teller.monotonic() + SECONDS)
    if not said.learned:
        return said
    with teller.store.write() as conn:
        learn(conn, "channel", channel.name, said.learned)
    return say(document, note, said.learned, now, teller.monotonic() + SECONDS)


def _rest(said: Said, failing: timedelta) -> timedelta:
    if said.is_final:
        return REST_FINAL
    return max(said.rest, REST_FIRST, min(failing, REST_MOST))


def _task(conn: Connection, channel: Receiver, now: datetime) -> _Task | None:
    """What this channel has to say now; None: nothing yet."""
    if channel.off_at is not None:
        return None
    return _summary(conn, channel, now) or (_alarms(conn, channel, now) if _wants_alarms(channel) else None)


def _alarms(conn: Connection, channel: Receiver, now: datetime) -> _Task | None:
    since = max(channel.added_at, now - REMEMBERED)
    # That it failed is not for its own ears.
    news = [one for one in untold(conn, channel.name, since, MOST_NEWS) if one.alarm.key != f"{FAILING}:{channel.name}"]
    if _is_quiet(channel, now):
        news = [one for one in news if _wakes(one)]
    if not news:
        return None
    last = last_told(conn, channel.name)
    if last is not None and now - last < BUNDLED[any(map(_wakes, news))]:
        return None
    said = [f"{one.alarm.id} {one.alarm.closed_at is not None}" for one in news]
    return _Task(_bundle(channel, news, _key(channel.name, " ".join(said))), news)


def _bundle(channel: Receiver, news: Sequence[News], key: str) -> Note:
    opened = [one for one in news if one.alarm.closed_at is None]
    over = [one for one in news if one.alarm.closed_at is not None]
    lines = [_in(channel, _opened(one, _zone(channel))) for one in opened[:MOST_LINES]]
    lines += [_in(channel, _over(one, _zone(channel))) for one in over[:MOST_LINES]]
    left = len(news) - len(lines)
    if left:
        lines.append(
            _in(channel, (f"… và {left} cảnh báo khác: chạy bridge doctor", f"… and {left} more: run bridge doctor"))
        )
    counted = (
        f"{len(opened)} cảnh báo mới, {len(over)} đã hết",
        f"{len(opened)} new alarm(s), {len(over)} over",
    )
    subject = f"VBot Bridge: {_in(channel, counted)}"
    return Note(subject, "\n".join([subject, "", *lines]), key)


def _opened(one: News, zone: ZoneInfo) -> Text:
    alarm, (vietnamese, english) = find_alarm(one.alarm.key), describe(one.alarm.key, one.alarm.facts)
    at = _at(one.alarm.opened_at, zone)
    mend = alarm.mend if alarm else ("", "")
    return (
        f"CẢNH BÁO lúc {at}: {vietnamese}." + (f"\n   Cần làm: {mend[0]}." if mend[0] else ""),
        f"ALARM at {at}: {english}." + (f"\n   To do: {mend[1]}." if mend[1] else ""),
    )


def _over(one: News, zone: ZoneInfo) -> Text:
    vietnamese, english = describe(one.alarm.key, one.alarm.facts)
    assert one.alarm.closed_at is not None  # noqa: S101 - it is over
    begin, end = _at(one.alarm.opened_at, zone), _at(one.alarm.closed_at, zone)
    return f"ĐÃ HẾT lúc {end}: {vietnamese} (từ {begin}).", f"OVER at {end}: {english} (since {begin})."


def _summary(conn: Connection, channel: Receiver, now: datetime) -> _Task | None:
    daily = channel.document.get("daily")
    if daily is None:
        return None
    local = now.astimezone(_zone(channel))
    due = datetime.combine(local.date(), time.fromisoformat(daily), local.tzinfo)
    if not due <= local < due + SUMMARY_LATE or channel.added_at > due:
        return None
    day = due.date().isoformat()
    if (channel.learned or {}).get("daily") == day:
        return None
    subject, text = summarize(conn, now, _language(channel), _zone(channel))
    return _Task(Note(subject, text, _key(channel.name, f"daily {day}")), day=day)


def _is_quiet(channel: Receiver, now: datetime) -> bool:
    quiet = channel.document.get("quiet", QUIET)
    if quiet is False:
        return False
    begin, end = (time.fromisoformat(quiet.get(name, QUIET[name])) for name in ("from", "to"))
    at = now.astimezone(_zone(channel)).time()
    return begin <= at < end if begin <= end else at >= begin or at < end


def _wakes(one: News) -> bool:
    alarm = find_alarm(one.alarm.key)
    return alarm is not None and alarm.wakes


def _wants_alarms(channel: Receiver) -> bool:
    return channel.document.get("alarms", True) is not False


def _key(channel: str, about: str) -> str:
    return hashlib.sha256(f"{channel} {about}".encode()).hexdigest()[:32]


def _language(channel: Receiver) -> str:
    return str(channel.document.get("language", "vi"))


def _in(channel: Receiver, text: Text) -> str:
    return text[0] if _language(channel) == "vi" else text[1]


def _zone(channel: Receiver) -> ZoneInfo:
    return ZoneInfo(channel.document.get("timezone", DEFAULT_ZONE))


def _at(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%H:%M %d/%m}"
