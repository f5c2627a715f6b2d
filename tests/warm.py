"""Connections to the tests' shared Postgres database that outlive the store of one test.

A new one costs its server 15 to 30 ms of a processor, until it has read the catalog and planned our statements again.
What a store closes is set aside, in the state of a new connection; the next store of this process that asks for the
same takes it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import psycopg

from bridge.store.db import postgres as of_bridge

MOST = 8
# Whatever a session may have kept, but for its prepared statements: they are what is warm.
FORGET = "RESET ALL; UNLISTEN *; SELECT pg_advisory_unlock_all()"
_lock = threading.Lock()
_aside: list[_Kept] = []
_databases: set[str] = set()


class _Kept(of_bridge._Connection):
    """Set aside instead of closed where it leads to the shared database."""

    asked: Mapping[str, Any] = MappingProxyType({})

    @classmethod
    def connect(cls, **address: Any) -> Any:
        asked = {name: value for name, value in address.items() if name != "context"}
        with _lock:
            for one in _aside:
                if one.asked == asked:
                    _aside.remove(one)
                    return one
        made = super().connect(**address)
        made.asked = asked
        return made

    def close(self) -> None:
        with _lock:
            if self.closed or self.info.dbname not in _databases or len(_aside) == MOST or not self._forgets():
                super().close()
            else:
                _aside.append(self)

    def _forgets(self) -> bool:
        try:
            self.rollback()
            self.autocommit, self.read_only, self.isolation_level = True, None, None
            self.execute(FORGET, prepare=False)
            self.autocommit = False
        except psycopg.Error:
            return False
        return True


of_bridge._Connection = _Kept


def keep(database: str) -> None:
    """From now on connections to this database are set aside."""
    _databases.add(database)


def end() -> None:
    """What is set aside is closed."""
    with _lock:
        while _aside:
            psycopg.Connection.close(_aside.pop())


def sessions() -> list[int]:
    """The server's numbers of those that are set aside."""
    with _lock:
        return [one.info.backend_pid for one in _aside]
