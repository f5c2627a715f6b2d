"""The web: hooks for shops, the API for scripts, health for routers. The only Flask."""

from __future__ import annotations

from flask import Flask

from bridge.config import Config, read_config
from bridge.logs import start_logging
from bridge.store import Store, make_seal, open_store
from bridge.store.catalog import Catalogs
from bridge.web import api, bodies, health, hooks, problems


def create_app(config: Config | None = None, store: Store | None = None) -> Flask:
    """The WSGI application. BadSetting when a setting is missing or wrong, or a stored secret cannot be opened."""
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
    app.register_blueprint(hooks.blueprint(store, catalogs))
    app.register_blueprint(health.blueprint(store))
    app.register_blueprint(api.blueprint(store, config.api_token))
    return app
