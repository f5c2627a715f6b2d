"""What people do by hand: every act is recorded, with its reason, in the transaction that carries it out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bridge.store.db.tables import actions


def record_action(conn: Connection, command: str, subject: str, reason: str, now: datetime, who: str = "cli") -> None:
    """`subject` names what was acted on, as "call:4711"; never a phone number or a name."""
    done = {"at": now, "who": who, "command": command, "subject": subject, "reason": reason}
    conn.execute(actions.insert().values(done))
