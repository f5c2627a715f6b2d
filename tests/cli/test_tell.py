"""tell: the shop is told again by a command, after a look at what that would be."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from bridge.notify.write_back import Writer
from bridge.settle.results import settle_stored
from bridge.store.db.tables import write_backs
from bridge.store.results import store_result
from tests.cli.conftest import Cli
from tests.notify.shops import OwnProgram
from tests.stage import SECRET, Stage

ALWAYS = {"from": "00:00", "to": "24:00"}
RULE: dict[str, Any] = {
    "rule": "confirm",
    "template": "CONFIRM",
    "on": ["order.created"],
    "window": ALWAYS,
    "answers": {"1": "confirmed", "2": "declined"},
    "write_back": {"declined": [{"note": "Khách bấm 2"}, {"cancel_order": True, "key": "2"}]},
}


@pytest.mark.parametrize("migrated_url", ["sqlite", "postgres"], indirect=True)
def test_what_would_be_written_is_shown_and_asked_and_a_change_of_the_order_only_where_it_is_wanted(
    cli: Cli, stage: Stage, send: Any, now: datetime
) -> None:
    with OwnProgram() as shop:
        own = {"id": "shop", "platform": "generic", "secrets": [SECRET], "settings": shop.settings}
        stage.apply(RULE, sources=[own])
        send(1, id=shop.order_id)
        assert "the call has no result" in cli("tell", "DH-1", "--reason", "x").stderr
        stage.dial(now)
        told = {"externalCallId": stage.vbot.calls[-1]["external_call_id"], "disposition": "ANSWER", "inputLog": "2"}
        with stage.store.write() as conn:
            store_result(conn, json.dumps(told).encode(), now)
        settle_stored(stage.store, stage.catalogs, stage.client.account_id, now)
        with stage.store.write() as conn:
            conn.execute(write_backs.update().values(state="refused", reason="write_refused", wake_at=None))
        asked = cli("tell", "DH-1", "--reason", "the note is gone")
        assert asked.returncode == 2 and "--yes" in asked.stderr
        note, cancel = asked.stdout.splitlines()
        assert note.endswith("Khách bấm 2” (refused)") and cancel.endswith("left alone without --changes")
        done = cli("--lang", "vi", "tell", "call:1", "--reason", "mất ghi chú", "--yes")
        assert done.returncode == 0 and "worker sẽ ghi ngay; xem: python -m bridge explain call:1" in done.stdout
        writer = Writer(stage.store, stage.catalogs)
        writer.look(datetime.now(now.tzinfo))
        writer.join()
        assert [one.body["data"]["action"] for one in shop.asked] == ["note"] and shop.faults == []
        shown = cli("--lang", "en", "explain", "DH-1").stdout
        assert "told the shop again: mất ghi chú" in shown
    assert "no order has the id or number DH-9" in cli("tell", "DH-9", "--reason", "x").stderr
    assert "no call has the id" in cli("tell", "call:9", "--reason", "x").stderr
    assert cli("tell", "DH-1", "--reason", " ").returncode == 2
