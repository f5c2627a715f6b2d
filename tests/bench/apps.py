"""What the benchmark compares the hook with, each served as gunicorn.conf.py serves the hook."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask, Response

from bridge.settings import read_config
from bridge.store import make_seal, open_store
from bridge.store.configuration.catalog import Catalogs
from bridge.web import bodies, problems
from bridge.web.hooks import _as_it_came


def hello() -> Flask:
    """As little as Flask can do."""
    app = Flask("hello", static_folder=None)

    @app.route("/hooks/<source_id>", methods=["POST"])
    def hook(source_id: str) -> str:
        return ""

    return app


def nothing_stored() -> Flask:
    """All that the hook does, its look into the catalog too, but for the write."""
    config = read_config()
    store, catalogs = open_store(config.database_url), Catalogs(make_seal(config.secret_keys))
    app = Flask("bridge", static_folder=None)
    problems.register(app)
    bodies.register(app)

    @app.route("/hooks/<source_id>", methods=["GET", "POST"])
    def hook(source_id: str) -> Response:
        request, now = _as_it_came(), datetime.now(UTC)
        with store.read() as conn:
            shop = catalogs.read(conn).shop(source_id)
        assert shop is not None
        source, platform = shop.source, shop.platform
        assert platform.handshake(request, source) is None
        platform.verify(request, source, now)
        platform.dedup_key(request, source)
        reply = platform.reply
        return Response(reply.body, reply.status, content_type=reply.content_type)

    return app
