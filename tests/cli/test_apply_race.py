"""apply, while somebody else changes the configuration."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path
from typing import Any

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


@pytest.mark.parametrize("migrated_url", ["sqlite", "postgres"], indirect=True)
def test_of_two_applies_at_once_the_later_does_nothing_and_says_so(
    store: Store, vbot: FakeVBot, migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Stage(store, vbot)
    paths = {name: tmp_path / f"{name}.yaml" for name in ("first", "later")}
    for name, path in paths.items():
        path.write_text(RULES.replace("CONFIRM", name.upper()))
    monkeypatch.setenv("DATABASE_URL", migrated_url)
    monkeypatch.setenv("BRIDGE_SECRET_KEY", "k" * 32)
    carry_out, refused = command.apply.carry_out, []

    def run(name: str) -> None:
        wish = command._Wish(Act(), only_plan=False, new_key=False, prune=False)
        opened = open_database()
        with closing(opened.store):
            command._apply(opened, (paths[name],), wish)

    def run_later() -> None:
        with pytest.raises(click.ClickException) as error:
            run("later")
        refused.append(str(error.value))

    later = threading.Thread(target=run_later)

    def carry_out_beside(*words: Any, **named: Any) -> int:
        monkeypatch.setattr(command.apply, "carry_out", carry_out)
        later.start()
        planned.wait(30)
        later.join(0.4)  # it has its plan, and waits
        return carry_out(*words, **named)

    planned = threading.Event()
    look = command._look

    def tell(*words: Any) -> Any:
        seen = look(*words)
        if threading.current_thread() is later:
            planned.set()
        return seen

    monkeypatch.setattr(command, "_look", tell)
    monkeypatch.setattr(command.apply, "carry_out", carry_out_beside)
    run("first")
    later.join(60)
    assert len(refused) == 1
    assert "run this again for a new plan" in refused[0]
    with store.read() as conn:
        assert [rule["template"] for rule in read_documents(conn)["rules"]] == ["FIRST"]
