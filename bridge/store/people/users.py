"""Who may enter the console, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from bridge.store.db.tables import users
from bridge.store.db.upsert import insert_new

ROLES = ("viewer", "operator", "admin")  # each may do what those before it may
MOST_LETTERS = 64


@dataclass(frozen=True, slots=True, repr=False)
class User:
    """Somebody who may enter. `password_hash` is None for those who sign in elsewhere only."""

    name: str
    role: str
    password_hash: str | None
    created_at: datetime

    def may(self, role: str) -> bool:
        """Whether they may do what needs this role."""
        return ROLES.index(self.role) >= ROLES.index(role)


def is_user_name(name: str) -> bool:
    """Whether somebody may be called so: printable, without blanks, at most MOST_LETTERS letters."""
    return 0 < len(name) <= MOST_LETTERS and name.isprintable() and not any(map(str.isspace, name))


def find_user(conn: Connection, name: str) -> User | None:
    row = conn.execute(select(users).where(users.c.name == name)).first()
    return User(*row) if row is not None else None


def list_users(conn: Connection) -> list[User]:
    """By name."""
    return [User(*row) for row in conn.execute(select(users).order_by(users.c.name))]


def has_users(conn: Connection) -> bool:
    return bool(conn.execute(select(func.count()).select_from(users)).scalar_one())


def add_user(conn: Connection, name: str, role: str, password_hash: str | None, now: datetime) -> bool:
    """False where somebody is called so already."""
    values = {"name": name, "role": role, "password_hash": password_hash, "created_at": now}
    return insert_new(conn, users, values) is not None


def set_password(conn: Connection, name: str, password_hash: str | None) -> None:
    """Sessions that began under another password end."""
    conn.execute(users.update().where(users.c.name == name).values(password_hash=password_hash))


def set_role(conn: Connection, name: str, role: str) -> None:
    conn.execute(users.update().where(users.c.name == name).values(role=role))


def remove_user(conn: Connection, name: str) -> None:
    conn.execute(users.delete().where(users.c.name == name))


def is_last_admin(conn: Connection, name: str) -> bool:
    """Whether nobody would be an admin without them. The admins stay as they are until the transaction ends."""
    admins: Any = select(users.c.name).where(users.c.role == ROLES[-1]).order_by(users.c.name).with_for_update()
    return list(conn.execute(admins).scalars()) == [name]
