"""Revisions: each change of the configuration is kept; what changed elsewhere is found, and left where asked."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bridge.configuration import apply, revisions
from bridge.configuration.changes import changes_between, text_of
from bridge.configuration.files import expand, read_files
from bridge.configuration.revisions import Act, describe_revision, find_drift, remember_applied
from bridge.core.model import BadSetting, Json
from bridge.fake_vbot import FakeVBot
from bridge.rules.rule import parse_rule
from bridge.store import Store, make_seal
from bridge.store.configuration.documents import read_documents, remove_rule, write_rule
from bridge.store.configuration.revisions import find_revision, list_revisions
from tests.stage import NOW, RULE, Stage, order

SEAL = make_seal(("k" * 32,))
SHOP = {"id": "shop", "platform": "generic", "secrets": ["s" * 32]}


def rule(name: str, **more: Json) -> Json:
    return {"rule": name, "template": "T", "on": ["order.created"], **more}


def wanted(store: Store, document: Json) -> apply.Wanted:
    written, findings = read_files([("a.json", json.dumps(document))], parse_rule, ["generic"], ["shop"])
    assert not [finding for finding in findings if not finding.warning]
    with store.read() as conn:
        return apply.want(conn, SEAL, written, expand(written, {})[0])


def carry_out(store: Store, document: Json, *, prune: bool = True, reason: str = "why", release: bool = False) -> int:
    """As `apply` does: what drifted is left by a release, and overwritten by force."""
    requested = wanted(store, document)
    act = Act("release" if release else "files", "lan", reason)
    with store.write() as conn:
        drift = find_drift(conn, requested.documents, prune=prune) if release else []
        left = apply.leave_drift(conn, SEAL, requested, drift)
        return apply.carry_out(conn, SEAL, left, NOW, prune=prune, act=act, drift=drift)


def drift(store: Store, document: Json, *, prune: bool = True) -> list[str]:
    with store.read() as conn:
        return [str(change) for change in find_drift(conn, wanted(store, document).documents, prune=prune)]


def edit(store: Store, document: Json) -> None:
    """What a page does: the rule is another one, and nobody told the files."""
    with store.write() as conn:
        write_rule(conn, 0, document, NOW)


def live_rules(store: Store) -> list[Json]:
    with store.read() as conn:
        return read_documents(conn)["rules"]


def test_each_apply_keeps_a_revision_with_who_when_why_and_what(store: Store) -> None:
    carry_out(store, {"sources": [SHOP], "rules": [rule("a"), rule("b")]}, reason="first")
    carry_out(store, {"sources": [SHOP], "rules": [rule("a", when="order.total > 5"), rule("c")]}, reason="second")
    with store.read() as conn:
        second, first = (describe_revision(conn, revision) for revision in list_revisions(conn, 9))
    assert (first["revision"], first["by"], first["reason"], first["rules"]) == (1, "lan", "first", ["a", "b"])
    assert first["diff"] == "+ source shop\n+ rule a\n+ rule b"
    assert second["at"] == NOW.isoformat()
    assert second["rules"] == ["a", "c", "b"]
    assert second["diff"] == "~ rule a (when)\n    when: – → order.total > 5\n+ rule c\n- rule b"


def test_no_revision_and_no_diff_holds_a_secret(store: Store) -> None:
    carry_out(store, {"sources": [{**SHOP, "secrets": ["geheim-geheim-geheim-geheim-0001"]}], "rules": []})
    carry_out(store, {"sources": [{**SHOP, "secrets": ["geheim-geheim-geheim-geheim-0002"]}], "rules": []})
    with store.read() as conn:
        for revision in list_revisions(conn, 9):
            assert "geheim" not in repr(revision.documents) + repr(describe_revision(conn, revision))


def test_a_call_remembers_the_revision_that_made_it(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    stage.send("order.created", order(1))
    stage.decide()
    stage.apply({**RULE, "after": "1m"})
    stage.send("order.created", order(2))
    stage.decide()
    assert [call["revision"] for call in stage.calls()] == [1, 2]


def test_files_that_say_what_they_said_find_no_drift(store: Store) -> None:
    document = {"sources": [SHOP], "hotlines": [{"code": "0812345678"}], "rules": [rule("a", after="5m")]}
    assert drift(store, document) == []
    carry_out(store, document)
    assert drift(store, document) == []
    assert drift(store, {**document, "rules": [rule("a", after="6m"), rule("b")]}) == []
    assert drift(store, {"sources": [SHOP], "rules": []}) == []


def test_what_was_changed_added_or_removed_elsewhere_is_named(store: Store) -> None:
    document = {"sources": [SHOP], "rules": [rule("a"), rule("b")]}
    carry_out(store, document)
    edit(store, rule("a", when="order.total > 5"))
    edit(store, rule("new"))
    with store.write() as conn:
        remove_rule(conn, "b")
    assert drift(store, document) == ["~ rule a (when)", "+ rule new", "- rule b"]
    assert drift(store, document, prune=False) == ["~ rule a (when)", "- rule b"]
    same = {**document, "rules": [rule("a", when="order.total > 5"), rule("new")]}
    assert drift(store, same) == []


def test_files_that_took_an_edit_over_may_change_it_afterwards(store: Store) -> None:
    carry_out(store, {"sources": [SHOP], "rules": [rule("a")]})
    edited = rule("a", when="order.total > 5")
    edit(store, edited)
    taken = wanted(store, {"sources": [SHOP], "rules": [edited]})
    with store.write() as conn:
        remember_applied(conn, taken.documents, [], prune=True)  # as an apply that changes nothing does
    assert drift(store, {"sources": [SHOP], "rules": [rule("a", when="order.total > 9")]}) == []


def test_a_database_of_before_has_no_drift_at_its_first_apply(store: Store) -> None:
    with store.write() as conn:
        write_rule(conn, 0, rule("a"), NOW)
    assert drift(store, {"sources": [SHOP], "rules": [rule("a", after="9m")]}) == []
    carry_out(store, {"sources": [SHOP], "rules": [rule("b")]}, prune=False)
    assert drift(store, {"sources": [SHOP], "rules": [rule("b")]}) == []


def test_a_release_leaves_what_drifted_and_does_the_rest(store: Store) -> None:
    carry_out(store, {"sources": [SHOP], "rules": [rule("a"), rule("b"), rule("c")]})
    edit(store, rule("a", when="order.total > 5"))
    edit(store, rule("new"))
    with store.write() as conn:
        remove_rule(conn, "b")
    newer = {"sources": [SHOP], "rules": [rule("a"), rule("b"), rule("c", after="9m")]}
    carry_out(store, newer, release=True)
    assert live_rules(store) == [rule("a", when="order.total > 5"), rule("c", after="9m"), rule("new")]
    assert drift(store, newer) == ["~ rule a (when)", "+ rule new", "- rule b"]
    carry_out(store, newer)
    assert live_rules(store) == newer["rules"]
    assert drift(store, newer) == []


def test_going_back_restores_rules_and_their_order_as_a_new_revision(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    stage.apply({**RULE, "after": "5m"}, {**RULE, "rule": "second"})
    stage.send("order.created", order(1))
    stage.decide()
    assert sorted(call["rule"] for call in stage.calls()) == ["confirm", "second"]
    with store.write() as conn:
        first = find_revision(conn, 1)
        assert first is not None
        changes, ended = revisions.rollback_plan(conn, first)
        assert ([str(change) for change in changes], ended) == (["~ rule confirm (after)", "- rule second"], 1)
        number, cancelled = revisions.roll_back(
            conn, first, Act("rollback", "lan", "wrong"), None, NOW + timedelta(hours=1)
        )
    assert (number, cancelled) == (3, 1)
    assert live_rules(store) == [RULE]
    with store.read() as conn:
        newest = describe_revision(conn, list_revisions(conn, 1)[0])
    assert (newest["origin"], newest["reason"], newest["rules"]) == ("rollback", "wrong", ["confirm", "second"])
    ended_call = next(call for call in stage.calls() if call["rule"] == "second")
    assert (ended_call["state"], ended_call["reason"]) == ("cancelled", "rule_removed")


def test_rules_of_a_source_that_is_gone_do_not_come_back(store: Store) -> None:
    carry_out(store, {"sources": [SHOP], "rules": [rule("a", sources=["shop"])]})
    carry_out(store, {"sources": [], "rules": []})
    with store.read() as conn:
        first = find_revision(conn, 1)
        assert first is not None
        with pytest.raises(BadSetting, match="rule a of the source shop, which is gone"):
            revisions.rollback_plan(conn, first)


def test_changes_name_the_order_of_rules_and_the_holidays() -> None:
    before = {"rules": [rule("a"), rule("b")], "holidays": []}
    after = {"rules": [rule("b"), rule("a")], "holidays": ["2027-02-06"]}
    assert text_of(changes_between(before, after)) == "~ rules (order)\n~ holidays"
    assert changes_between(before, before) == []
