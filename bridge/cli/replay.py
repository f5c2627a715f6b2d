"""replay: decide stored deliveries again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import click

from bridge.cli.shared.acts import current_user, record
from bridge.cli.shared.arguments import (
    DELIVERY_ID,
    as_json,
    by_source,
    need_known,
    need_text,
    read_since,
    since_option,
)
from bridge.cli.shared.command import command, option
from bridge.cli.shared.consent import can_ask, need_consent, yes_option
from bridge.cli.shared.database import Opened, now, open_bridge
from bridge.cli.shared.language import current_language, failure, misuse, say, text
from bridge.cli.shared.printing import print_json
from bridge.core.model import Json
from bridge.core.model.texts import Text
from bridge.core.reasons import sentence
from bridge.decide.replay import Forced, Replayed, replay
from bridge.store import database_now
from bridge.store.configuration.documents import source_ids
from bridge.store.deliveries import REPLAYED, Span, ids_of_span, states_of
from bridge.worker.clock import TrustedClock

GROUP = "act"
HELP = (
    "Quyết định lại các tin đã lưu theo quy tắc hôm nay: những tin được nêu tên, hoặc tất cả từ một thời điểm.\n\n"
    "Cuộc gọi chưa đến tai ai sẽ chờ gọi lại, nếu còn quy tắc muốn gọi. Cuộc đã đổ chuông giữ nguyên. "
    "Với --since, lệnh đếm trước rồi hỏi lại. Lệnh này gọi thật; chỉ muốn xem thì dùng rules simulate.",
    "Decide stored deliveries again, under today's rules: those named, or all since a time.\n\n"
    "A call that nobody heard waits again, if a rule still wants it. What rang stays as it is. "
    "With --since it counts first, and asks. It does ring; rules simulate only looks.",
)

# What a delivery's outcome means, and whether a person who named it was refused.
_LEFT: Mapping[str, Text] = {
    "unreadable": (
        "không đọc được (xem: python -m bridge deliveries --state failed)",
        "cannot be read (see: python -m bridge deliveries --state failed)",
    ),
    "internal_error": (
        "làm chương trình lỗi (xem nhật ký) và giữ nguyên như cũ",
        "broke the program (see its log) and stay as they were",
    ),
    "erased": ("đã bị xóa", "were erased"),
    "undecided": ("chưa được quyết định: worker sẽ làm", "are not decided yet: a worker does it"),
    "source_disabled": (
        "của một nguồn đang tắt: hãy bật nguồn trước",
        "are of a source that is switched off: enable it first",
    ),
    "source_removed": (
        "của một nguồn đã gỡ: hãy apply lại nguồn trước",
        "are of a source that was removed: apply it again first",
    ),
}
# What a decision to call meant here.
_CALLS: Mapping[str, Text] = {
    "wanted": ("tạo cuộc gọi", "make a call"),
    "replayed": ("để cuộc gọi chờ lại", "let a call wait again"),
    "forced": ("gọi thêm một lần", "ring once more"),
}
_BROKEN = ("unreadable", "internal_error")


@dataclass(frozen=True)
class Wish:
    """What a person asks for, by argument and option."""

    ids: tuple[int, ...]
    since: str | None
    source: str | None
    state: str | None
    dry_run: bool
    force: bool
    reason: str | None
    yes: bool
    as_json: bool


@command("replay", HELP)
@click.argument("ids", metavar="DELIVERY...", nargs=-1, type=DELIVERY_ID)
@since_option()
@by_source
@option(
    "--state",
    type=click.Choice(REPLAYED),
    help=("Đi cùng --since: chỉ những tin ở trạng thái này.", "With --since: only deliveries in this state."),
)
@option("--dry-run", is_flag=True, help=("Chỉ đếm những gì sẽ xảy ra.", "Only count what would happen."))
@option(
    "--force",
    is_flag=True,
    help=(
        "Gọi lại cả cuộc đã đổ chuông, hoặc do người hủy; phải nêu tên, kèm --reason.",
        "Ring again what rang, or what a person ended; by name, with --reason.",
    ),
)
@option("--reason", metavar="TEXT", help=("Đi cùng --force: lý do.", "With --force: why."))
@yes_option
@as_json
def run(**options: Any) -> int:
    wish = Wish(**options)
    _check(wish)
    opened = open_bridge()
    chosen = _choose(opened, wish)
    if not wish.as_json:
        _print_count(opened, chosen)
    clock = TrustedClock(opened.store.is_postgres)
    with opened.store.read() as conn:
        clock.look(database_now(conn, now()))
    forced = Forced(" ".join(wish.reason.split()), current_user()) if wish.force and wish.reason else None
    decide = partial(replay, opened.store, opened.catalogs, chosen, clock.now, opened.config.hotline, forced=forced)
    if wish.since is not None and chosen and not wish.dry_run:
        _ask(decide, len(chosen), yes=wish.yes)
    if chosen and not forced and not wish.dry_run:
        record(opened, "replay", _subject(wish, chosen))
    done = list(decide(dry=wish.dry_run))
    if wish.as_json:
        print_json(_document(done, dry=wish.dry_run))
    else:
        for line in _lines(done, dry=wish.dry_run):
            click.echo(line)
    refused = [one for one in done if one.outcome in _BROKEN or (wish.ids and one.outcome in _LEFT)]
    return 1 if refused else 0


def _subject(wish: Wish, chosen: Sequence[int]) -> str:
    if wish.since is None and len(chosen) == 1:
        return f"delivery:{chosen[0]}"
    since = f", since {wish.since}" if wish.since else ""
    return f"deliveries: {len(chosen)}{since}"


def _ask(decide: Callable[..., Iterator[Replayed]], count: int, *, yes: bool) -> None:
    """A person who can be asked sees first what it would lead to."""
    if can_ask() and not yes:
        for line in _lines(list(decide(dry=True)), dry=True):
            click.echo(line, err=True)
    need_consent(
        f"lệnh này quyết định lại {count} tin, và có thể tạo cuộc gọi",
        f"this decides {count} delivery(ies) again, and may ring",
        yes=yes,
    )


def _print_count(opened: Opened, chosen: Sequence[int]) -> None:
    with opened.store.read() as conn:
        states = Counter(states_of(conn, chosen).values())
    counted = ", ".join(f"{count} {name}" for name, count in sorted(states.items()))
    shown = f": {counted}" if counted else ""
    say(f"{len(chosen)} tin{shown}", f"{len(chosen)} delivery(ies){shown}")


def _check(wish: Wish) -> None:
    ids, since, force, reason = wish.ids, wish.since, wish.force, wish.reason
    need_text(reason or "")
    if bool(ids) == (since is not None):
        raise misuse("hãy viết mã các tin, hoặc --since SPAN", "write the deliveries' ids, or --since SPAN")
    if ids and (wish.source is not None or wish.state is not None):
        raise misuse("--source và --state đi cùng --since", "--source and --state go with --since")
    if force and not ids:
        raise misuse(
            "--force cần nêu từng tin, không dùng --since", "--force needs the deliveries by name, not --since"
        )
    if force != (reason is not None) or (reason is not None and not reason.strip()):
        raise misuse("hãy viết --force và --reason TEXT cùng nhau", "write --force and --reason TEXT together")


def _choose(opened: Opened, wish: Wish) -> list[int]:
    ids = wish.ids
    with opened.store.read() as conn:
        if wish.since is not None:
            if wish.source is not None:
                need_known("source", wish.source, source_ids(conn))
            states = (wish.state,) if wish.state else REPLAYED
            return ids_of_span(conn, Span(read_since(wish.since, database_now(conn, now())), wish.source, states))
        known = states_of(conn, ids)
    missing = sorted(set(ids) - set(known))
    if missing:
        raise _missing(missing)
    return sorted(set(ids))


def _missing(ids: list[int]) -> click.ClickException:
    names = ", ".join(map(str, ids))
    return failure(
        f"không có tin nào có mã {names}; chưa làm gì", f"no delivery has the id {names}; nothing was replayed"
    )


def _count_decisions(done: Sequence[Replayed]) -> list[tuple[tuple[str, str], int]]:
    """Each decision with its reason, and how often it was made."""
    return sorted(Counter((each.decision, each.reason) for one in done for each in one.decisions).items())


def _lines(done: Sequence[Replayed], *, dry: bool) -> Iterator[str]:
    would = text("sẽ ", "would ") if dry else ""
    decisions = _count_decisions(done)
    for (decision, reason), count in decisions:
        if decision == "call":
            yield f"{count:>6}  {would}{text(*_CALLS[reason]) if reason in _CALLS else reason}"
    for (decision, reason), count in decisions:
        if decision != "call":
            yield f"{count:>6}  {decision} {reason}: {sentence(reason, current_language())}"
    for name, count in sorted(Counter(one.outcome for one in done).items()):
        if name in _LEFT:
            yield f"{count:>6}  {text(*_LEFT[name])}"
        elif name == "must_fetch":
            must_fetch = text(
                "thiếu phần phải hỏi cửa hàng trước: hỏi xong mới biết dẫn đến đâu",
                "leave out what the shop is asked for first: only then is known what they lead to",
            )
            yield f"{count:>6}  {must_fetch}"
        elif name == "ignored":
            yield f"{count:>6}  {text('không có đơn nào', 'hold no order')}"


def _document(done: Sequence[Replayed], *, dry: bool) -> dict[str, Json]:
    counted = [
        {"decision": decision, "reason": reason, "count": count} for (decision, reason), count in _count_decisions(done)
    ]
    items = [
        {
            "delivery": one.delivery_id,
            "outcome": one.outcome,
            "decisions": [
                {"decision": each.decision, "reason": each.reason, "call_id": each.call_id} for each in one.decisions
            ],
        }
        for one in done
    ]
    return {"dry_run": dry, "deliveries": len(done), "counts": counted, "items": items, "next": None}
