"""apply, while somebody else changes the configuration."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click
import pytest

from bridge.cli import apply as command
from bridge.cli.shared.database import open_database
from bridge.configuration.revisions import Act
from bridge.fake_vbot import FakeVBot
from bridge.store import Store
from bridge.store.configuration.catalog import touch_catalog
from bridge.store.configuration.documents import read_documents, write_rule
from tests.stage import NOW, RULE, Stage

RULES = """\
rules:
  - {rule: confirm, template: CONFIRM, on: [order.created], within: 2h}
"""


@pytest.mark.parametrize("page", ["within", "template"])
def test_what_changes_while_consent_is_asked_is_not_overwritten(
    store: Store, vbot: FakeVBot, migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    Stage(store, vbot)  # a rule stands
    path = tmp_path / "shops.yaml"
    path.write_text(RULES)
    changed = {**RULE, page: {"within": "3h", "template": "OTHER"}[page]}

    def change_meanwhile(*_: object, **__: object) -> None:
        with store.write() as conn:
            write_rule(conn, 0, changed, NOW)
            touch_catalog(conn)

    monkeypatch.setenv("DATABASE_URL", migrated_url)
    monkeypatch.setenv("BRIDGE_SECRET_KEY", "k" * 32)
    monkeypatch.setattr(command, "_need_consent", change_meanwhile)
    wish = command._Wish(Act(), only_plan=False, new_key=False, prune=False)
    opened = open_database()
    with closing(opened.store), pytest.raises(click.ClickException, match="run this again for a new plan"):
        command._apply(opened, (path,), wish)
    with store.read() as conn:
        assert read_documents(conn)["rules"] == [changed]
