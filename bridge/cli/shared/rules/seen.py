"""What the newest stored orders of each source hold, for a command that may be at a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.cli.shared.database import open_bridge
from bridge.core.model import BadSetting, StoreDown
from bridge.decide.seen import documents_seen
from bridge.settings import read_config
from bridge.store import open_store

if TYPE_CHECKING:
    from bridge.configuration.rule_flaws import Seen


def read_seen() -> Seen | None:
    """By source; None where no database is at hand: none is needed to check a file."""
    try:
        file = open_store(read_config().database_url).path  # connects only when it is used
        if file is not None and not file.is_file():
            return None
        opened = open_bridge()
        with opened.store.read() as conn:
            return documents_seen(conn, opened.catalogs.read(conn))
    except (BadSetting, StoreDown):
        return None
