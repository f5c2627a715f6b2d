"""check: what it knows beside the files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.rules.liquid.kinds import MANY
from tests.cli.conftest import Cli

FILE = """
sources: [{id: shop, platform: generic, secrets: ["${S}"]}]
rules: [{rule: r, template: T, on: [order.created], datas: {colour: "{{ raw.colr }}"}}]
"""


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
def test_stored_orders_are_looked_at_where_a_database_is_at_hand(
    cli: Cli, send: Callable[..., None], tmp_path: Path
) -> None:
    for number in range(MANY):
        send(number, colour="red")
    (tmp_path / "shops.yaml").write_text(FILE.replace("raw.colr", "raw.order.colr"), encoding="utf-8")
    done = cli("check", "shops.yaml")
    assert done.returncode == 1
    assert f"none of the newest {MANY} orders has raw.order.colr; did you mean colour?" in done.stdout
    missing = f"sqlite:///{tmp_path}/nowhere.db"
    assert cli("check", "shops.yaml", DATABASE_URL=missing).returncode == 0
    assert not (tmp_path / "nowhere.db").exists()
