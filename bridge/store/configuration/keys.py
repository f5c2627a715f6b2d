"""Which key the database was made with, and whether the keys of today open what is stored in it.

A key is named by its fingerprint. The one that sealed everything stands in the table `state`; a database that was last
migrated before fingerprints has none.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, inspect, select

from bridge.core.model import BadSetting
from bridge.store.db.encryption import Seal
from bridge.store.db.tables import receivers, sources, state
from bridge.store.db.upsert import upsert

_MADE_WITH = "sealed_with"


def locked_owners(conn: Connection, seal: Seal) -> list[str]:
    """Whose stored credentials none of these keys opens: `source lan-shop`, `webhook crm`."""
    return [name for name, sealed in _sealed(conn) if not seal.opens(sealed)]


def opens_none(conn: Connection, seal: Seal) -> bool:
    """Credentials are stored, and none of these keys opens any."""
    stored = _sealed(conn)
    return bool(stored) and not any(seal.opens(sealed) for _, sealed in stored)


def need_key(conn: Connection, seal: Seal) -> None:
    """BadSetting where these keys leave credentials locked; it names whose they are, and the fingerprints."""
    locked = locked_owners(conn, seal)
    if locked:
        raise _refusal(conn, seal, locked)


def need_any_key(conn: Connection, seal: Seal) -> None:
    """As `need_key`, but only where none of these keys opens anything: for what mends single sources."""
    if opens_none(conn, seal):
        raise _refusal(conn, seal, locked_owners(conn, seal))


def key_of(conn: Connection) -> str | None:
    """The fingerprint of the key that the database was made with; None where it was not noted."""
    return conn.execute(select(state.c.value).where(state.c.key == _MADE_WITH)).scalar()


def note_key(conn: Connection, seal: Seal) -> None:
    """The database is made with the first of these keys, if that alone opens everything."""
    first = seal.first_alone()
    if all(first.opens(sealed) for _, sealed in _sealed(conn)):
        upsert(conn, state, {"key": _MADE_WITH}, {"value": seal.fingerprints[0]})


def _sealed(conn: Connection) -> list[tuple[str, str]]:
    """Each source and receiver with its sealed credentials; a removed source has none."""
    rows = conn.execute(select(sources.c.id, sources.c.sealed).where(sources.c.sealed != "").order_by(sources.c.id))
    found = [(f"source {row.id}", row.sealed) for row in rows]
    if inspect(conn).has_table(receivers.name):  # not before 0011, and who migrates asks before
        told = conn.execute(select(receivers.c.kind, receivers.c.name, receivers.c.sealed).order_by(receivers.c.name))
        found += [(f"{row.kind} {row.name}", row.sealed) for row in told]
    return found


def _refusal(conn: Connection, seal: Seal, locked: Sequence[str]) -> BadSetting:
    made, given = key_of(conn), ", ".join(seal.fingerprints)
    names = ", ".join(locked)
    by = f"they were sealed with the key {made}, and yours is {given}" if made else f"yours is {given}"
    because = f"chúng được mã hóa bằng khóa {made}, còn khóa của bạn là {given}" if made else f"khóa của bạn là {given}"
    return BadSetting(
        f"BRIDGE_SECRET_KEY opens none of the stored secrets of {names}: {by}. Set the key that sealed them, alone or "
        "behind yours after a comma; or, to give all secrets anew under yours: python -m bridge apply --new-key FILE",
        f"BRIDGE_SECRET_KEY không mở được khóa bí mật đã lưu của {names}: {because}. Hãy đặt lại khóa đã mã hóa chúng, "
        "dùng riêng hoặc viết sau khóa của bạn và một dấu phẩy; hoặc, để nhập lại mọi khóa bí mật bằng khóa của bạn: "
        "python -m bridge apply --new-key FILE",
    )
