"""What is stored of one phone number, for the commands that look for it."""

from __future__ import annotations

from datetime import datetime

from bridge.cli.shared.database import Opened
from bridge.cli.shared.progress import Progress
from bridge.store.deliveries import last_before
from bridge.store.people.person_search import PersonalData, find_personal_data


def look_for(opened: Opened, phone: str, since: datetime | None = None) -> PersonalData:
    """What is stored of this number among the deliveries received since then; every body is read, and that is shown."""
    with opened.store.read() as conn:
        after = last_before(conn, since) if since is not None else 0
    progress = Progress(("tin đã đọc", "deliveries read"))
    found = find_personal_data(
        opened.store, opened.catalogs, phone, after=after, searched=lambda last: progress.show(last - after)
    )
    progress.end()
    return found
