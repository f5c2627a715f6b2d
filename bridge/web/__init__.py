"""The web: hooks for shops, the API for scripts, health for routers. The only Flask."""

from __future__ import annotations

from contextlib import suppress

from flask import Flask

from bridge.config import Config, read_config
from bridge.engine import open_engine
from bridge.logs import start_logging
from bridge.model import StoreDown
from bridge.store import Store, make_seal, open_store
from bridge.store.catalog import Catalogs
from bridge.web import api, bodies, health, hooks, problems


def check_start() -> None:
    """BadSetting when a setting is missing or wrong, or no key opens a stored secret.

    A database that is down, or is not there yet, is no reason not to start: requests are answered 503 meanwhile.
    """
    config = read_config()
    store = open_store(config.database_url)
    seal = make_seal(config.secret_keys)
    if store.path is None or store.path.exists():  # to look must not make one
        with suppress(StoreDown), store.read() as conn:
            Catalogs(seal).read(conn)
    store.close()


def create_app(config: Config | None = None, store: Store | None = None) -> Flask:
    """The WSGI application. BadSetting when a setting is missing or wrong."""
    if config is None:
        config = read_config()
        start_logging(config.log_level)
    if store is None:
        store = open_store(config.database_url)
    catalogs = Catalogs(make_seal(config.secret_keys))
    app = Flask("bridge", static_folder=None)
    app.url_map.merge_slashes = False  # a shop does not follow a redirect to the address that it meant
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    problems.register(app)
    bodies.register(app)
    app.register_blueprint(hooks.blueprint(store, catalogs, open_engine(config.database_url).submit))
    app.register_blueprint(health.blueprint(store))
    app.register_blueprint(api.blueprint(store, config.api_token))
    app.extensions["bridge"] = (store, config.alarm_url, config.api_token)
    return app
