"""Postgres: the address, the pool of connections, the ear for hints, and the limits of time that hold on each of them.

A statement ends by the server within STATEMENT_SECONDS. A server that says nothing for longer (a failover, a firewall
that drops packets, a pooler that hangs) loses the connection: the client counts too, and TCP asks whether the other
side lives.
"""

from __future__ import annotations

import re
import select
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, TypeVar, cast

import psycopg
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import _WaitTimeout
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, Engine, create_engine, event, exc, text

from bridge.core.model import BadSetting

RV = TypeVar("RV")

STATEMENT_SECONDS = 10
LOCK_SECONDS = 8
PATIENT_SECONDS = 120  # for what no shop and no call waits
_LOOKS = 5  # of each connection, in turns of others
SILENCE_SECONDS = 2  # more than a statement may take
CONNECT_SECONDS = 5
POOL_SECONDS = 10
# Sources: tcp(7), and "Parameter Key Words" of libpq. Milliseconds, seconds, seconds, times.
_ALIVE = {"tcp_user_timeout": 10_000, "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}
# As an array, which is made once: joined to a subquery the table might be read anew for each row, beyond the limit.
_TAKE = """
    DELETE FROM procrastinate_jobs WHERE id = ANY(ARRAY(
        SELECT id FROM procrastinate_jobs WHERE queue_name = %s AND status = 'todo'
        ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED))
    RETURNING (args->>'item')::bigint
"""


def open_postgres(url: str, pool_size: int, json_dump: Any, *, pooled: bool, setting: str) -> Engine:
    """The engine of this address; connects when first used. BadSetting names the setting where libpq cannot use it.

    pooled  the address leads through a pooler in transaction mode: nothing is prepared, and every transaction brings
            its own limits, for no two need have the same session of the server
    """
    address = read_address(url, setting)
    engine = create_engine(
        f"postgresql+psycopg://{url.partition('://')[2]}",
        hide_parameters=True,
        json_serializer=json_dump,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
    )

    @event.listens_for(engine, "do_connect")
    def _connect(dialect: object, record: object, cargs: object, cparams: dict[str, Any]) -> _Connection:
        made = _Connection.connect(**address, context=cparams.get("context"), prepare_threshold=None if pooled else 5)
        if not pooled:
            _set(made, STATEMENT_SECONDS)
        return made

    event.listen(engine, "checkout", _still_open)

    @event.listens_for(engine, "begin")
    def _begin(conn: Connection) -> None:
        options = conn.get_execution_options()
        patient = options.get("bridge_patient", False)
        if pooled or patient:
            limit_statements(conn, PATIENT_SECONDS if patient else STATEMENT_SECONDS)
        if options.get("bridge_relaxed", False):
            conn.exec_driver_sql("SET LOCAL synchronous_commit = off")

    return engine


def _still_open(dbapi: Any, record: object, proxy: object) -> None:
    # The socket of a connection that its server has ended is readable. A query would cost a round trip each time.
    if dbapi.closed or _is_readable(dbapi.fileno()):
        raise exc.DisconnectionError
    # After a `read` it sends READ WRITE by itself, and a server that is to be read only would be overruled.
    if dbapi.read_only is not None:
        dbapi.read_only = None
    dbapi.silence_seconds = STATEMENT_SECONDS + SILENCE_SECONDS


def shares_sessions(engine: Engine) -> bool:
    """Whether a pooler in transaction mode stands between: two connections then meet one session of the server.

    A pooler in session mode, and the server itself, give each connection its own. A pooler names another process id
    when a connection starts than the server does, so that without one this costs one question.
    """
    with engine.connect() as first:
        if _session(first) == _driver(first).info.backend_pid:
            return False
        with engine.connect() as second:
            seen = [{_session(conn) for _ in range(_LOOKS)} for conn in (first, second)]
    return len(seen[0] | seen[1]) < len(seen[0]) + len(seen[1]) or len(seen[0]) > 1


def _session(conn: Connection) -> int:
    # Not by SQLAlchemy, whose fifth question of a kind is prepared: the name may be another's in that session.
    driver = _driver(conn)
    (found,) = driver.execute("SELECT pg_backend_pid()", prepare=False).fetchone() or (0,)
    driver.commit()
    return int(found)


def _driver(conn: Connection) -> psycopg.Connection[Any]:
    driver: Any = conn.connection.driver_connection
    return cast("psycopg.Connection[Any]", driver)


def limit_statements(conn: Connection, seconds: int) -> None:
    """Until this transaction ends a statement may take so long; 0: for ever."""
    conn.exec_driver_sql(_limits(seconds, "SET LOCAL"))
    dbapi: Any = _driver(conn)
    dbapi.silence_seconds = seconds + SILENCE_SECONDS if seconds else None


def read_address(url: str, setting: str = "DATABASE_URL") -> Mapping[str, Any]:
    """What libpq understands of this URL, and our time limits where it names none. BadSetting: it cannot be used."""
    try:
        address = conninfo_to_dict(f"postgresql://{url.partition('://')[2]}")
    except psycopg.Error as error:
        # Its text may quote the password.
        unknown = re.search(r'parameter: "(\w+)"', str(error))
        raise _unknown_parameter(setting, unknown[1]) if unknown else _unreadable(setting) from None
    if not re.fullmatch("[0-9,]*", str(address.get("port", ""))):
        raise _unreadable(setting)
    if not re.fullmatch("[0-9]*", str(address.get("connect_timeout", ""))):
        raise _unknown_parameter(setting, "connect_timeout")
    defaults = {"connect_timeout": CONNECT_SECONDS, "application_name": "vbot-bridge", **_ALIVE}
    return MappingProxyType({**defaults, **address})


def _unknown_parameter(setting: str, name: str) -> BadSetting:
    return BadSetting(
        f"{setting} has a parameter that Postgres does not understand: take away {name}=… behind the ?",
        f"{setting} có một tham số mà Postgres không hiểu: hãy bỏ {name}=… sau dấu ?",
    )


def _unreadable(setting: str) -> BadSetting:
    return BadSetting(
        f"{setting} is not an address; write sqlite:///bridge.db or postgres://USER:PASSWORD@HOST:5432/DATABASE, and "
        "in the password %40 %3A %2F %23 %25 for @ : / # %",
        f"{setting} không phải là một địa chỉ; hãy viết sqlite:///bridge.db hoặc "
        "postgres://USER:PASSWORD@HOST:5432/DATABASE, và trong mật khẩu viết %40 %3A %2F %23 %25 thay cho @ : / # %",
    )


class _Connection(psycopg.Connection[Any]):
    """Ends where the server says nothing for `silence_seconds`; None: it may be silent for ever."""

    silence_seconds: float | None = STATEMENT_SECONDS + SILENCE_SECONDS

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        try:
            return super().wait(gen, interval, self.silence_seconds if timeout is None else timeout)
        except _WaitTimeout:
            if timeout is not None:
                raise
            self.pgconn.finish()
            raise psycopg.OperationalError(f"the server said nothing for {self.silence_seconds} s") from None


class _Listener(_Connection):
    """Asks little, and is opened again soon: a server that says nothing may have gone."""

    silence_seconds = 6


class Ear:
    """A connection that hears of hints of one kind."""

    def __init__(self, line: psycopg.Connection[Any], kind: str) -> None:
        self._line, self._kind = line, kind
        line.execute(SQL("LISTEN {}").format(Identifier(f"procrastinate_queue_v1#{kind}")))

    def take(self, most: int) -> list[int]:
        """The ids of the oldest hints, at most so many, which are gone then: one that is lost by that costs a sweep."""
        return [item for (item,) in self._line.execute(_TAKE, (self._kind, most), prepare=True)]

    def wait(self, seconds: float) -> bool:
        """Until a hint is given, or so long; return whether one was, maybe one that is taken already."""
        return any(True for _ in self._line.notifies(timeout=seconds, stop_after=1))


@contextmanager
def open_ear(url: str, kind: str) -> Iterator[Ear]:
    """Errors: psycopg's, also of what the ear does: it hears nothing any more."""
    with _Listener.connect(**{**read_address(url), "application_name": "vbot-bridge-hints"}, autocommit=True) as line:
        # A hint may be lost, so nobody waits for the disk to take one.
        line.execute(f"{_limits(STATEMENT_SECONDS, 'SET')}; SET synchronous_commit = off".encode())
        yield Ear(line, kind)


def _set(made: psycopg.Connection[Any], seconds: int) -> None:
    """By a statement of its own, for a pooler refuses such settings in the packet that starts a connection."""
    made.autocommit = True
    made.execute(_limits(seconds, "SET").encode())
    made.autocommit = False


def _limits(seconds: int, word: str) -> str:
    lock = min(seconds, LOCK_SECONDS)
    limits = {"statement_timeout": f"'{seconds}s'", "lock_timeout": f"'{lock}s'", "TimeZone": "'UTC'"}
    return "; ".join(f"{word} {name} = {value}" for name, value in limits.items())


def _is_readable(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def read_limit(conn: Connection) -> str:
    """How long the server lets a statement of ours take, in its own words: "10s"; "0" where it sets no limit."""
    return str(conn.execute(text("SHOW statement_timeout")).scalar_one())
