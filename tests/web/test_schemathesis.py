"""A judge from outside asks a real server all that the API's description allows, and much that it forbids."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bridge.fake_vbot import FakeVBot
from bridge.lib.jsonschema import openapi
from bridge.store import Store
from tests.processes import open_site
from tests.stage import RULE, Stage, order

TOKEN = "a-token-of-the-tests"
CONFIG = Path(__file__).parent / "schemathesis.toml"


def furnish(stage: Stage, now: datetime) -> None:
    """A ledger in which ids lead somewhere: calls of several states, a broken delivery, one that is undecided."""
    stage.vbot.template("CONFIRM_ORDER", {"cfkey": "order_id", "isRequired": False})
    for n in range(1, 9):
        stage.send("order.created", order(n, created_at=now.isoformat(), updated_at=now.isoformat()), now)
    stage.vbot.fault("reset_after")
    stage.run(now)
    stage.send_body(b'{"topic": "order.created", "order": 1}', now)
    stage.decide(now)
    stage.send("order.created", order(9), now)


def test_every_answer_is_one_that_the_description_promises(
    store: Store, vbot: FakeVBot, migrated_url: str, tmp_path: Path
) -> None:
    stage = Stage(store, vbot, RULE | {"window": {"from": "00:00", "to": "24:00"}})
    furnish(stage, datetime.now(UTC) - timedelta(minutes=1))
    with open_site(tmp_path, migrated_url, vbot.account().url, API_TOKEN=TOKEN) as site:
        web = site.start_web()
        address = f"http://127.0.0.1:{site.port}/api/v1/openapi.json"
        words = ["run", address, "--checks", "all", "--header", f"Authorization: Bearer {TOKEN}"]
        done = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    found = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    operations = sum(len(item) for item in openapi()["paths"].values()) - 1  # it does not ask for the description again
    assert found is not None and int(found[1]) > 500 and f"Tested: {operations}\n" in done.stdout
    assert re.findall(r"^5\d\d ", web.said(), re.MULTILINE) == []
