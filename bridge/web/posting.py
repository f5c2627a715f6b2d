"""What the views that ring somebody need, of the API and of the console."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.store import Store
from bridge.store.configuration.catalog import Catalogs
from bridge.vbot.client import Client


@dataclass(frozen=True)
class Posting:
    """What these views need. `client` is None while VBot is not configured."""

    store: Store
    catalogs: Catalogs
    client: Client | None
    hotline: str | None
