"""What most commands open first: the settings, the database and the catalog."""

from __future__ import annotations

import time
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

import click

from bridge.core.model import BadSetting, StoreDown
from bridge.lib.logs import start_logging
from bridge.settings import Config, read_config
from bridge.store import WEB_CONNECTIONS, Schema, Seal, Store, make_seal, migrate, open_store, read_schema
from bridge.store.configuration.keys import need_key
from bridge.vbot import Account

if TYPE_CHECKING:
    from bridge.store.configuration.catalog import Catalogs
    from bridge.vbot.client import Client

MIGRATE_PAUSES = (0.05, 0.13, 0.29, 0.41) * 50  # seconds between two tries: 44 s, and as much for the tries
_SCHEMA = {
    "missing": (
        "the database has no schema yet; run: python -m bridge migrate",
        "cơ sở dữ liệu chưa có lược đồ; hãy chạy: python -m bridge migrate",
    ),
    "behind": (
        "the database's schema is older than this code; run: python -m bridge migrate",
        "lược đồ của cơ sở dữ liệu cũ hơn phiên bản này; hãy chạy: python -m bridge migrate",
    ),
    "newer": (
        "the database's schema is newer than this code can use; deploy the newer release",
        "lược đồ của cơ sở dữ liệu mới hơn phiên bản này dùng được; hãy triển khai bản phát hành mới hơn",
    ),
}


@dataclass(frozen=True, repr=False)
class Opened:
    """A database that this code can use, and the settings it was opened by."""

    config: Config
    store: Store

    @cached_property
    def catalogs(self) -> Catalogs:
        """Who reads a catalog compiles all rules, and imports what that takes: no look-up does."""
        from bridge.store.configuration.catalog import Catalogs  # noqa: PLC0415

        return Catalogs(make_seal(self.config.secret_keys))


def open_bridge(pool_size: int = WEB_CONNECTIONS, *, config: Config | None = None) -> Opened:
    """Settings read, schema usable, every stored secret can be opened; BadSetting or StoreDown otherwise."""
    opened = open_database(pool_size, config=config)
    with opened.store.read() as conn:
        need_key(conn, opened.catalogs.seal)
    return opened


def open_database(pool_size: int = WEB_CONNECTIONS, *, config: Config | None = None) -> Opened:
    """As `open_bridge`, but a stored secret may be there that no key opens: for look-ups, and what mends just that.

    config   where the settings are read already
    """
    config = config or read_config()
    start_logging(config.log_level, config.log_format)
    store = open_for_command(config, pool_size)
    with store.read() as conn:
        schema = read_schema(conn)
        if not schema.usable:
            raise BadSetting(*_SCHEMA[schema.standing])
    return Opened(config, store.patient)


def open_for_command(config: Config, pool_size: int = WEB_CONNECTIONS) -> Store:
    """The store of these settings, which connects when it is first used; it is closed as the command ends."""
    store = open_store(config.database_url, pool_size, pooled=config.is_pooled)
    context = click.get_current_context(silent=True)
    if context is not None:
        context.call_on_close(store.close)
    return store


def need_one_database(config: Config) -> None:
    """BadSetting where DATABASE_DIRECT_URL leads elsewhere than DATABASE_URL; nothing where one does not answer."""
    if config.is_pooled:
        pooled = open_store(config.database_url, 1, pooled=True)
        direct = open_store(config.direct_url, 1, setting="DATABASE_DIRECT_URL")
        with closing(pooled), closing(direct), suppress(StoreDown):
            pooled.need_same_database(direct)


def bring_up(config: Config) -> Schema:
    """Migrate the database of these settings. BadSetting where its schema is newer than this code can use."""
    need_one_database(config)
    setting = "DATABASE_DIRECT_URL" if config.is_pooled else "DATABASE_URL"
    with closing(open_store(config.direct_url, setting=setting)) as store:
        store.need_sessions()
        schema = migrate_in_traffic(store, make_seal(config.secret_keys))
    if schema.standing == "newer":
        raise BadSetting(
            f"the database's schema {schema.revision} is newer than this code can use; deploy the newer release",
            f"lược đồ {schema.revision} của cơ sở dữ liệu mới hơn phiên bản này dùng được; hãy triển khai bản mới hơn",
        )
    return schema


def migrate_in_traffic(store: Store, seal: Seal) -> Schema:
    """Migrate, between the transactions of web and workers that go on meanwhile."""
    for pause in MIGRATE_PAUSES:
        try:
            return migrate(store, seal)
        except StoreDown as error:
            if error.code not in ("busy", "conflict"):
                raise
            time.sleep(pause)
    return migrate(store, seal)


def need_account(config: Config) -> Account:
    if config.account is None:
        raise BadSetting(
            "VBOT_URL is not set: write the address of VBot's API",
            "VBOT_URL chưa được đặt: hãy ghi địa chỉ API của VBot",
        )
    return config.account


def open_client(opened: Opened) -> Client:
    """VBot as this account speaks to it, with the access token that all who use this database share."""
    from bridge.store.tokens import vbot_token_store  # noqa: PLC0415
    from bridge.vbot.client import Client  # noqa: PLC0415

    token_store = vbot_token_store(opened.store, opened.catalogs.seal, now)
    return Client(need_account(opened.config), token_store=token_store)


def now() -> datetime:
    return datetime.now(UTC)
