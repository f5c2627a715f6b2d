"""What `webhooks` and `notify` share: find one by its name, list them, say what became of a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bridge.cli.shared.language import failure, misuse, say, text
from bridge.cli.shared.printing import local_time, print_json, print_table
from bridge.core.model import Json
from bridge.core.model.texts import Text
from bridge.store import Connection
from bridge.store.notify.receivers import Kind, Receiver, find_receiver, list_receivers

STATES: dict[str, Text] = {
    "on": ("đang bật", "on"),
    "failing": ("đang lỗi", "failing"),
    "off": ("bị tắt", "off"),
    "disabled": ("không bật", "disabled"),
}
_NAMES: dict[Kind, tuple[Text, str]] = {
    "webhook": (("webhook", "webhook"), "webhooks"),
    "channel": (("kênh", "channel"), "notify"),
}


def need_receiver(conn: Connection, kind: Kind, name: str) -> Receiver:
    """The one of this name. UsageError names those that there are."""
    found = find_receiver(conn, kind, name) if "\0" not in name else None
    if found is None:
        vietnamese, english = _NAMES[kind][0]
        known = ", ".join(one.name for one in list_receivers(conn, kind))
        raise misuse(
            f"không có {vietnamese} {name}; hiện có: {known or f'không có {vietnamese} nào'}",
            f"no {english} is named {name}; known are: {known or 'none'}",
        )
    return found


def state_of(receiver: Receiver) -> str:
    """How it stands, as one of STATES."""
    if not receiver.is_enabled:
        return "disabled"
    if receiver.off_at is not None:
        return "off"
    return "failing" if receiver.failing_since is not None else "on"


def state_word(state: str) -> str:
    return text(*STATES[state])


def last_taken(item: dict[str, Json]) -> str:
    return local_time(item["taken_at"]) or text("chưa bao giờ", "never")


def print_receivers(
    kind: Kind,
    heads: Sequence[Text],
    items: Sequence[dict[str, Json]],
    cells: Callable[[dict[str, Json]], tuple[object, ...]],
    *,
    as_json: bool,
) -> None:
    """As JSON, or as a table; where there is none, which part of a file makes one."""
    if as_json:
        print_json({"items": list(items), "next": None})
        return
    print_table(heads, [cells(item) for item in items])
    if not items:
        (vietnamese, english), part = _NAMES[kind]
        say(
            f"chưa có {vietnamese} nào; hãy viết `{part}` vào một tệp rồi chạy: python -m bridge apply FILE",
            f"no {english} yet; write `{part}` to a file and run: python -m bridge apply FILE",
        )


def say_taken(name: str, detail: str, *, is_taken: bool) -> None:
    """What became of a test. ClickException: it was not taken."""
    if not is_taken:
        raise failure(f"{name} không nhận: {detail}", f"{name} did not take it: {detail}")
    say(f"{name} đã nhận: {detail}", f"{name} took it: {detail}")
