"""Is the process there, and can it work?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, jsonify

from bridge.core.model import StoreDown
from bridge.store import Store, database_now, read_schema
from bridge.store.configuration.catalog import Catalogs
from bridge.store.operation.turns import take_turn
from bridge.store.operation.workers import is_worker_alive

WRITE_EVERY = timedelta(seconds=5)
_SCHEMA = {
    "missing": "The database has no schema yet. Run: python -m bridge migrate",
    "behind": "The database's schema is older than this code. Run: python -m bridge migrate",
    "newer": "The database's schema is newer than this code can use. Deploy the newer release.",
}
_LOCKED = "BRIDGE_SECRET_KEY opens none of the stored secrets. Set the key that sealed them, and start again."


def blueprint(store: Store, catalogs: Catalogs) -> Blueprint:
    """/healthz for the router, /readyz for a deploy."""
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @health.get("/readyz")
    def readyz() -> tuple[Response, int]:
        ready, facts = _look(store, catalogs, datetime.now(UTC))
        return jsonify(facts), 200 if ready else 503

    return health


def _look(store: Store, catalogs: Catalogs, now: datetime) -> tuple[bool, dict[str, str]]:
    try:
        with store.read() as conn:
            schema = read_schema(conn)
            if not schema.usable:
                return False, {"status": "not ready", "reason": _SCHEMA[schema.standing]}
            catalog = catalogs.read(conn)
            if catalog.locked and len(catalog.locked) == len(catalog.sources):
                return False, {"status": "not ready", "reason": _LOCKED}
            is_alive = is_worker_alive(conn, database_now(conn, now))
        with store.write() as conn:
            # Only a write meets a full disk, or a database that can only be read.
            take_turn(conn, "readiness", now, WRITE_EVERY)
    except StoreDown as error:
        return False, {"status": "not ready", "reason": str(error)}
    if not is_alive:
        return True, {"status": "ready", "worker": "none beats: nobody is called. Start one: python -m bridge worker"}
    return True, {"status": "ready", "worker": "beats"}
