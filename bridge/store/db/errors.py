"""What an error of the database means: the database cannot be used now (`StoreDown`), or a value is at fault.

The first passes, and whoever asked may ask again; the second stays, however often it is tried. An error that is neither
for certain counts as the first, and whoever tries again counts the tries (`bridge.decide.delivery`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from bridge.core.model import StoreDown
from bridge.store.db.causes import CAUSES, Cause

# SQLSTATE classes of what a value, or a statement of ours, does wrong: cardinality, data, integrity, syntax, and the
# program's limits, as an index row of more than a third of a page.
_FAULTS = ("21", "22", "23", "2F", "42", "44", "54")
_FAULT_NAMES = (
    "SQLITE_TOOBIG",
    "SQLITE_CONSTRAINT",
    "SQLITE_MISMATCH",
    "SQLITE_MISUSE",
    "SQLITE_RANGE",
    "SQLITE_ERROR",
)
_BY_CODE = {cause.code: cause for cause in CAUSES}


@contextmanager
def known_errors() -> Iterator[None]:
    """An error of the database leaves as StoreDown, or without the values that it quotes."""
    try:
        yield
    except exc.TimeoutError:
        raise StoreDown(
            "every connection of this process is in use: the database is slow, or overloaded",
            "mọi kết nối của tiến trình này đang được dùng: cơ sở dữ liệu chậm hoặc quá tải",
        ) from None
    except exc.DBAPIError as error:
        if is_fault(error):
            # Below the first line of its message Postgres quotes the values.
            refusal = Exception(str(error.orig).partition("\n")[0])
            kind = type(error) if isinstance(error, exc.IntegrityError) else exc.DataError
            raise kind(error.statement, None, refusal, hide_parameters=True) from None
        raise store_down(error.orig or error) from None


def is_fault(error: Exception) -> bool:
    """Whether this error of the database is the fault of a value: to try again would change nothing."""
    if not isinstance(error, exc.DBAPIError):
        return False
    if isinstance(error, exc.IntegrityError | exc.DataError):
        return True
    if error.connection_invalidated or error.orig is None or _find_cause(error.orig) is not None:
        return False
    state, name = _codes(error.orig)
    if state or name:
        return state.startswith(_FAULTS) or name.startswith(_FAULT_NAMES)
    return isinstance(error, exc.ProgrammingError | exc.NotSupportedError)


def store_down(error: BaseException) -> StoreDown:
    """Why the database cannot be used, in a sentence without any value."""
    cause = _find_cause(error)
    if cause is not None:
        return StoreDown(cause.english, cause.vietnamese, cause.code)
    state, name = _codes(error)
    code = f"SQLSTATE {state}" if state else name
    if code:
        return StoreDown(
            f"the database cannot do what it is asked ({code}); its own log says more",
            f"cơ sở dữ liệu không làm được điều được yêu cầu ({code}); nhật ký của nó nói rõ hơn",
        )
    text = _without_values(str(error))
    return StoreDown(
        f"the database cannot be used: {text}; check DATABASE_URL and the server",
        f"không dùng được cơ sở dữ liệu: {text}; hãy xem DATABASE_URL và máy chủ",
    )


def down(code: str) -> StoreDown:
    """The error of this cause, for what we find out ourselves."""
    cause = _BY_CODE[code]
    return StoreDown(cause.english, cause.vietnamese, cause.code)


def _find_cause(error: BaseException | None) -> Cause | None:
    if error is None:
        return None
    state, name = _codes(error)
    if state or name not in ("", "SQLITE_ERROR"):
        return next((cause for cause in CAUSES if _is_coded(cause, state, name)), None)
    message = str(error)
    return next((cause for cause in CAUSES if cause.is_said_by(message)), None)


def _is_coded(cause: Cause, state: str, name: str) -> bool:
    return bool((cause.states and state.startswith(cause.states)) or (cause.names and name.startswith(cause.names)))


def _codes(error: BaseException) -> tuple[str, str]:
    """Postgres' SQLSTATE and SQLite's name of the error; "" for what it has not."""
    return getattr(error, "sqlstate", None) or "", getattr(error, "sqlite_errorname", None) or ""


def _without_values(message: str) -> str:
    """The last line that says something, without what stands in quotation marks, addresses and numbers."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    last = lines[-1] if lines else "it says nothing"
    last = re.sub(r'"[^"]*"|\'[^\']*\'', "…", last)
    return re.sub(r"\S*(?:://|@)\S*|\d[\d.:]{4,}", "…", last)[:200]
