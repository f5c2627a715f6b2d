"""The web: hooks for shops, the API for scripts, pages for people, health for routers. The only Flask."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from flask import Flask

from bridge.core.model import StoreDown
from bridge.engine import Submit, open_engine
from bridge.monitor.observe import start_observing
from bridge.settings import Config, read_config
from bridge.store import Connection, Store, make_seal, open_store, read_schema
from bridge.store.configuration.catalog import Catalogs
from bridge.store.configuration.keys import need_key
from bridge.store.tokens import vbot_token_store
from bridge.vbot.client import Client
from bridge.web import api, bodies, console, health, hooks, metrics, problems, refusals, results, schemas
from bridge.web.api.access import Access
from bridge.web.posting import Posting

FRESH_FOR = timedelta(milliseconds=200)  # the catalog is looked up again after this; at once where it refuses
BURST_SECONDS = 0.05


def check_start() -> None:
    """BadSetting when a setting is missing or wrong, no key opens a stored secret, or a pooler shares sessions.

    A database that is down, or is not there yet, is no reason not to start: requests are answered 503 meanwhile.
    """
    config = read_config()
    store = open_store(config.database_url, pooled=config.is_pooled)
    if store.path is None or store.path.exists():  # to look must not make one
        with suppress(StoreDown), store.read() as conn:
            if read_schema(conn).usable:
                need_key(conn, make_seal(config.secret_keys))
        with suppress(StoreDown):
            store.need_sessions()
    store.close()


def create_app(config: Config | None = None, store: Store | None = None) -> Flask:
    """The WSGI application. BadSetting when a setting is missing or wrong."""
    if config is None:
        config = read_config()
        start_observing(config)
    if store is None:
        store = open_store(config.database_url, pooled=config.is_pooled)
    seal = make_seal(config.secret_keys)
    catalogs = Catalogs(seal, fresh_for=FRESH_FOR)
    token_store = vbot_token_store(store, seal, lambda: datetime.now(UTC))
    client = Client(config.account, token_store=token_store) if config.account is not None else None
    posting = Posting(store, catalogs, client, config.hotline)
    app = Flask("bridge", static_folder=None)
    app.url_map.strict_slashes = False  # a slash at an address' end changes nothing
    app.url_map.merge_slashes = False  # a shop does not follow a redirect to the address that it meant
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    problems.register(app)
    bodies.register(app)
    refusals.register(app, store)
    app.register_blueprint(hooks.blueprint(store, catalogs, _sparingly(open_engine(config.direct_url).submit)))
    if config.webhook_auth is not None:
        app.register_blueprint(results.blueprint(store, config.webhook_auth))
    app.register_blueprint(health.blueprint(store, catalogs))
    app.register_blueprint(schemas.blueprint)
    access = Access(store, config.api_token)
    app.register_blueprint(api.blueprint(posting, access))
    account = client.account_id if client is not None else None
    app.register_blueprint(metrics.blueprint(store, account, access))
    console.mount(app, posting, config)
    app.extensions["bridge"] = (store, catalogs, config.alarm_url, config.api_token)
    return app


def _sparingly(submit: Submit) -> Submit:
    """One hint for a burst: the worker that it wakes looks for the others itself.

    NOTIFY queues commits behind one another, so under load a hint for each delivery would cost most of the speed.
    """
    submitted_at = 0.0

    def submit_first(conn: Connection, kind: str, ids: Sequence[int]) -> None:
        nonlocal submitted_at
        if time.monotonic() - submitted_at >= BURST_SECONDS:
            submitted_at = time.monotonic()
            submit(conn, kind, ids)

    return submit_first
