"""The nouns that leave the store: each has its table's columns, and none of them is a row or a bare tuple."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table

from bridge.core.call_states import CallState
from bridge.core.model import Attempt, AttemptOutcome, Call, Delivery, Result
from bridge.fake_vbot import FakeVBot
from bridge.store import Store
from bridge.store.attempts import attempts_of
from bridge.store.calls import find_call
from bridge.store.db.tables import attempts, calls, deliveries, hotlines, results
from bridge.store.hotlines import Hotline
from tests.stage import Stage, order

STORE = Path(__file__).parents[2] / "bridge" / "store"


@pytest.mark.parametrize(
    ("noun", "table", "renamed"),
    [
        (Delivery, deliveries, {}),
        (Call, calls, {}),
        (Attempt, attempts, {}),
        (Result, results, {"told": "details"}),
        (Hotline, hotlines, {}),
    ],
)
def test_a_noun_is_made_of_a_whole_row(noun: Any, table: Table, renamed: dict[str, str]) -> None:
    columns = [renamed.get(column.name, column.name) for column in table.columns]
    assert [field.name for field in dataclasses.fields(noun)] == columns


def test_states_and_outcomes_are_members_of_their_enums(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    stage.send("order.created", order())
    stage.run()
    with store.read() as conn:
        call = find_call(conn, stage.call()["id"])
        assert call is not None
        ((attempt,),) = attempts_of(conn, [call.id]).values()
    assert call.state is CallState.PLACED
    assert attempt.outcome is AttemptOutcome.ACCEPTED


def test_no_row_and_no_bare_tuple_leaves_the_store() -> None:
    assert [found for path in sorted(STORE.rglob("*.py")) for found in _bare(path)] == []


def _bare(path: Path) -> Iterator[str]:
    """Public functions that return rows, or tuples of several things; a tuple of one kind is a list."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and node.returns:
            returned = ast.unparse(node.returns)
            if "Row" in returned or ("tuple[" in returned and ", ...]" not in returned):
                yield f"{path.relative_to(STORE)}: {node.name} -> {returned}"
