"""Who gives a command, and the record of what they did."""

from __future__ import annotations

import os
import pwd

from bridge.cli.shared.database import Opened, now
from bridge.store import database_now
from bridge.store.operation.actions import record_action


def current_user() -> str:
    """Who gives this command, as the machine knows them."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return "cli"


def record(opened: Opened, what: str, on: str, reason: str = "") -> None:
    """Record an act that changes nothing, or begins many changes, in a transaction of its own."""
    with opened.store.write() as conn:
        record_action(conn, what, on, reason, database_now(conn, now()), who=current_user())


def record_shown_phones(opened: Opened, on: str, *, shown: bool) -> None:
    """Whole phone numbers are shown to nobody unrecorded; `on` is what they are shown of, as "calls"."""
    if shown:
        record(opened, "show phones", on)
