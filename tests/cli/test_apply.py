"""check, apply, export, fields and migrate, as a person starts them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import select, text

from bridge.core.model import Json
from bridge.fake_vbot import FakeVBot
from bridge.lib.yamltext import read_text, write_yaml
from bridge.store import Store, make_seal, migrate, open_store
from bridge.store.configuration.documents import read_credentials, read_documents, write_source
from bridge.store.configuration.templates import read_templates
from bridge.store.db.tables import sources, state
from tests.stage import NOW, Stage, order

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT / "tests" / "fixtures" / "config" / "contract.yaml"
KEY = "k" * 32
SECRET = "the-whole-secret"

BOTH = pytest.mark.parametrize("migrated_url", ["sqlite", "postgres"], indirect=True)

GOOD = """\
sources:
  - id: shop
    platform: shopify
    secrets: ["${SHOP_SECRET}"]
rules:
  - rule: confirm
    template: CONFIRM
    on: [order.created]
    datas:
      total: {from: order.total, format: vnd_words}
"""

Write = Callable[..., Path]
Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A configuration file with this content."""

    def run(content: str | bytes, name: str = "shops.yaml") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return run


@pytest.fixture
def know(vbot: FakeVBot) -> None:
    vbot.template("CONFIRM", {"cfkey": "total"}, {"cfkey": "note", "isRequired": False, "cfname": "Ghi chú"})


def documents(store: Store) -> dict[str, list[Json]]:
    with store.read() as conn:
        return read_documents(conn)


# check


def test_check_says_what_a_good_file_holds_and_needs_no_setting(write: Write, cli: Cli) -> None:
    done = cli("check", write(GOOD), BRIDGE_SECRET_KEY=None, DATABASE_URL=None, VBOT_URL=None)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "ok: 1 sources, 0 hotlines, 1 rules\n"


def test_the_contracts_own_example_passes(cli: Cli) -> None:
    assert cli("check", CONTRACT).returncode == 0


def test_check_prints_every_error_with_its_place_on_stdout(write: Write, cli: Cli) -> None:
    path = write(GOOD.replace("order.created", "order.creatd").replace("platform: shopify", "platform: shopfy"))
    done = cli("check", path)
    assert (done.returncode, done.stderr) == (1, "")
    first, second = done.stdout.splitlines()
    assert first.startswith(f"{path}:3:15: sources[0].platform: ") and "shopify" in first
    assert second.startswith(f"{path}:8:10: rules[0].on[0]: ") and "order.created" in second


def test_check_compiles_what_a_rule_says(write: Write, cli: Cli) -> None:
    done = cli("check", path := write(GOOD.replace("vnd_words", "vnd_wordz")))
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith(f"{path}:10:14: rules[0].datas.total: ") and "vnd_words" in done.stdout


def test_a_warning_alone_passes_and_is_shown(write: Write, cli: Cli) -> None:
    second = "  - {rule: again, template: CONFIRM, on: [order.created]}\n"
    done = cli("check", write(GOOD + second))
    assert done.returncode == 0
    assert re.search(r"shops\.yaml:11:42: rules\[1\]\.on: warning: .*may ring twice", done.stdout)
    assert done.stdout.endswith("ok: 1 sources, 0 hotlines, 2 rules\n")


def test_check_names_the_credentials_that_a_shops_api_needs(write: Write, cli: Cli) -> None:
    text = 'sources:\n  - {id: kiot, platform: kiotviet, secrets: ["${KIOT}"], settings: {retailer: cuahang}}\n'
    done = cli("check", write(text))
    assert done.returncode == 0
    (line, _) = done.stdout.splitlines()
    assert "warning: settings.client_id, settings.client_secret missing: its orders cannot be fetched" in line


def test_check_names_what_a_queue_cannot_be_read_without(write: Write, cli: Cli) -> None:
    done = cli("check", write("sources:\n  - {id: my-tiki, platform: tiki, settings: {client_id: one}}\n"))
    assert done.returncode == 0
    (line, _) = done.stdout.splitlines()
    assert "warning: settings.client_secret, settings.queue missing: its queue cannot be read" in line


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{id: s, platform: shopify}", "sources[0]: warning: no secret: every delivery will be refused"),
        ("{id: s, platform: pancake, secrets: []}", "sources[0].secrets: warning: no secret: every delivery"),
        (
            '{id: s, platform: haravan, secrets: [x], settings: {access_token: t, api_url: "http://apis.example.test"}}',
            "sources[0].settings.api_url: warning: not asked: it must be https and public; or write "
            "allow_private_addresses: true",
        ),
        (
            '{id: s, platform: haravan, secrets: [x], settings: {access_token: t, api_url: "https://192.168.1.7"}}',
            "sources[0].settings.api_url: warning: not asked",
        ),
    ],
)
def test_check_tells_of_a_source_that_could_never_work(write: Write, cli: Cli, source: str, words: str) -> None:
    done = cli("check", write(f"sources:\n  - {source}\n"))
    assert (done.returncode, words in done.stdout) == (0, True), done.stdout


@pytest.mark.parametrize(
    "address",
    [
        "api_url: 'https://apis.example.test'",
        "api_url: '${SHOP_URL}'",
        "api_url: 'http://127.0.0.1:8080', allow_private_addresses: true",
    ],
)
def test_check_has_nothing_to_say_of_an_address_that_may_be_asked(write: Write, cli: Cli, address: str) -> None:
    source = "{id: s, platform: haravan, secrets: ['${KEY}'], settings: {access_token: t, " + address + "}}"
    assert cli("check", write(f"sources:\n  - {source}\n")).stdout == "ok: 1 sources, 0 hotlines, 0 rules\n"


def test_check_asks_no_secret_of_a_source_whose_shop_shows_its_keys(write: Write, cli: Cli) -> None:
    source = "{id: s, platform: saleor, settings: {api_url: 'https://shop.example.test'}}"
    assert cli("check", write(f"sources:\n  - {source}\n")).stdout == "ok: 1 sources, 0 hotlines, 0 rules\n"


def test_several_files_are_one_configuration(write: Write, cli: Cli) -> None:
    shops, rules = GOOD[: GOOD.index("rules:")], GOOD[GOOD.index("rules:") :]
    rules += "    sources: [shop]\n"
    assert cli("check", write(shops), write(rules, "rules.yaml")).returncode == 0
    alone = cli("check", write(rules, "rules.yaml"))
    assert alone.returncode == 1
    assert "no source has this id" in alone.stdout


def test_a_json_file_is_checked_by_the_same_rules(write: Write, cli: Cli) -> None:
    done = cli("check", write('{"sources": [{"id": "Shop",\n "platform": "shopify"}]}', "shops.json"))
    assert done.returncode == 1
    assert done.stdout.startswith(f"{done.args[-1]}:1:21: sources[0].id: ")


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"sources: []\nrules: [\xff]\n", "2:9"),
        ("sources: []\n".encode("utf-16"), "1:1"),
        (b"", "1:1"),
        (b"- a list\n", "1:1"),
        (b"\x00", "1:1"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_finding_with_its_place(
    write: Write, cli: Cli, content: bytes, place: str
) -> None:
    path = write(content)
    done = cli("check", path)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith(f"{path}:{place}: .: ")


@pytest.mark.parametrize("words", [(), ("/nowhere/at-all.yaml",), ("/",), ("--no-such-option",)])
@pytest.mark.parametrize("command", ["check", "apply"])
def test_a_wrong_call_ends_with_2(error: Any, command: str, words: tuple[str, ...]) -> None:
    error(2, command, *words)


def test_check_live_asks_vbot_for_each_templates_fields(write: Write, cli: Cli, vbot: FakeVBot, know: None) -> None:
    done = cli("check", "--live", write(GOOD))
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "ok: 1 sources, 0 hotlines, 1 rules\n")
    asked = [request for request in vbot.requests if "getCustomFieldInScript" in request["path"]]
    assert len(asked) == 1


def test_check_live_places_what_vbot_would_refuse(write: Write, cli: Cli, know: None) -> None:
    path = write(GOOD.replace("total: {", "totle: {") + "  - {rule: other, template: UNKNOWN, on: [order.paid]}\n")
    done = cli("check", "--live", path)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines() == [
        f"{path}:10:14: rules[0].datas.totle: is no custom field of CONFIRM; it has: note, total",
        f"{path}:10:7: rules[0].datas.total: is required by CONFIRM; write a value for it",
        f"{path}:11:29: rules[1].template: VBot does not tell its custom fields (template_script_code is not known)",
    ]


def test_check_live_without_vbot_names_the_setting(write: Write, cli: Cli) -> None:
    done = cli("check", "--live", write(GOOD), VBOT_URL=None)
    assert done.returncode == 1
    assert done.stderr == "error: VBOT_URL is not set: write the address of VBot's API\n"


def test_check_live_with_vbot_down_says_so_at_the_template(write: Write, cli: Cli, vbot: FakeVBot) -> None:
    vbot.stop()
    done = cli("check", "--live", write(GOOD))
    assert (done.returncode, done.stderr) == (1, "")
    assert "rules[0].template: VBot does not tell its custom fields (VBot could not be reached" in done.stdout


def test_check_live_with_vbot_down_checks_by_the_last_known_fields_and_says_how_old_they_are(
    write: Write, cli: Cli, vbot: FakeVBot, know: None
) -> None:
    assert cli("apply", write(GOOD), SHOP_SECRET=SECRET).returncode == 0
    vbot.stop()
    done = cli("check", "--live", write(GOOD))
    assert (done.returncode, done.stderr) == (0, "")
    assert "rules[0].template: warning: VBot could not be reached" in done.stdout
    assert re.search(r"the last known custom fields serve \(read (less than a|1) minute ago\)", done.stdout)
    wrong = cli("check", "--live", write(GOOD.replace("total: {", "totle: {")))
    assert wrong.returncode == 1
    assert "rules[0].datas.totle: is no custom field of CONFIRM" in wrong.stdout


def test_an_empty_list_after_one_with_fields_changes_nothing_and_is_told(
    write: Write, cli: Cli, store: Store, vbot: FakeVBot, know: None
) -> None:
    path = write(GOOD)
    cli("apply", path, SHOP_SECRET=SECRET)
    vbot.template("CONFIRM")
    for command in (("apply", path), ("check", "--live", path)):
        done = cli(*command, SHOP_SECRET=SECRET)
        assert (done.returncode, done.stderr) == (0, "")
        assert "VBot lists no custom field for it now; the last known custom fields serve" in done.stdout
    with store.read() as conn:
        assert [field["cfkey"] for field in read_templates(conn)["CONFIRM"].fields] == ["total", "note"]


def test_a_template_without_custom_fields_is_nothing_to_warn_of(write: Write, cli: Cli, vbot: FakeVBot) -> None:
    vbot.template("CONFIRM")
    for command in (("apply", write(GOOD)), ("check", "--live", write(GOOD))):
        done = cli(*command, SHOP_SECRET=SECRET)
        assert (done.returncode, "warning" in done.stdout) == (0, False)


# apply


@BOTH
def test_apply_plans_then_does_then_has_nothing_to_do(write: Write, cli: Cli, store: Store, know: None) -> None:
    path = write(GOOD)
    plan = cli("apply", "--plan", path, SHOP_SECRET=SECRET)
    assert (plan.returncode, plan.stdout, plan.stderr) == (3, "+ source shop\n+ rule confirm\n", "")
    assert documents(store)["sources"] == []
    done = cli("apply", path, SHOP_SECRET=SECRET)
    assert (done.returncode, done.stdout, done.stderr) == (0, "+ source shop\n+ rule confirm\napplied\n", "")
    again = cli("apply", path, SHOP_SECRET=SECRET)
    assert (again.returncode, again.stdout, again.stderr) == (0, "nothing changes\n", "")
    plan = cli("apply", "--plan", path, SHOP_SECRET=SECRET)
    assert (plan.returncode, plan.stdout) == (0, "nothing changes\n")
    with store.read() as conn:
        assert [field["cfkey"] for field in read_templates(conn)["CONFIRM"].fields] == ["total", "note"]
        assert read_credentials(conn, make_seal((KEY,)), "shop") == {"secrets": [SECRET], "settings": {}}


def test_a_plan_asks_vbot_nothing_and_stores_no_field(write: Write, cli: Cli, vbot: FakeVBot) -> None:
    cli("apply", "--plan", write(GOOD), SHOP_SECRET=SECRET)
    assert vbot.requests == []


def test_apply_with_an_error_in_the_file_changes_nothing(write: Write, cli: Cli, store: Store) -> None:
    done = cli("apply", write(GOOD.replace("order.created", "order.creatd")), SHOP_SECRET=SECRET)
    assert (done.returncode, done.stdout) == (1, "")
    found, last = done.stderr.splitlines()
    assert "rules[0].on[0]" in found
    assert last == "error: 1 error(s) in the files; nothing was changed"
    assert documents(store) == {"sources": [], "hotlines": [], "holidays": [], "rules": []}


@pytest.mark.parametrize(("value", "state"), [(None, "is not set"), ("", "is empty")])
def test_a_variable_that_is_missing_is_named_with_its_place(
    write: Write, cli: Cli, store: Store, value: str | None, state: str
) -> None:
    path = write(GOOD)
    done = cli("apply", path, SHOP_SECRET=value)
    assert done.returncode == 1
    said = f"{path}:4:15: sources[0].secrets[0]: the environment variable SHOP_SECRET {state}"
    assert done.stderr.startswith(said)
    assert documents(store)["sources"] == []


def test_a_warning_does_not_hold_apply_back(write: Write, cli: Cli, know: None) -> None:
    second = "  - {rule: again, template: CONFIRM, on: [order.created], datas: {total: x}}\n"
    done = cli("apply", write(GOOD + second), SHOP_SECRET=SECRET)
    assert done.returncode == 0
    assert "may ring twice" in done.stdout


def test_prune_removes_and_ends_the_waiting_calls(write: Write, cli: Cli, stage: Stage, now: Any) -> None:
    stage.send("order.created", order(created_at=now.isoformat(), updated_at=now.isoformat()), now)
    stage.decide(now)
    path = write("rules: []\n")
    kept = cli("apply", path)
    assert (kept.returncode, kept.stdout.splitlines()[0]) == (0, "nothing changes")
    done = cli("apply", path, "--prune", "--yes")
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [
            "- source other",
            "- source shop",
            "- rule confirm",
            "1 waiting call(s) will be cancelled",
            "applied; 1 waiting call(s) cancelled",
        ],
    )
    assert (stage.call()["state"], stage.call()["reason"]) == ("cancelled", "rule_removed")


def test_a_rule_may_name_a_live_source_unless_prune_would_remove_it(write: Write, cli: Cli) -> None:
    assert cli("apply", write(GOOD), SHOP_SECRET=SECRET).returncode == 0
    alone = write("rules: [{rule: b, template: T, on: [order.paid], sources: [shop]}]\n", "rules.yaml")
    assert cli("apply", alone, SHOP_SECRET=SECRET).returncode == 0
    pruned = cli("apply", "--prune", alone, SHOP_SECRET=SECRET)
    assert pruned.returncode == 1
    assert "no source has this id" in pruned.stderr


def test_with_vbot_down_apply_warns_and_the_last_known_fields_serve(
    write: Write, cli: Cli, store: Store, vbot: FakeVBot, know: None
) -> None:
    path = write(GOOD)
    cli("apply", path, SHOP_SECRET=SECRET)
    vbot.stop()
    done = cli("apply", path, SHOP_SECRET=SECRET)
    assert (done.returncode, done.stderr) == (0, "")
    assert "warning: template CONFIRM: VBot could not be reached" in done.stdout
    assert re.search(r"the last known custom fields serve \(read (less than a|1) minute ago\)", done.stdout)
    with store.read() as conn:
        assert [field["cfkey"] for field in read_templates(conn)["CONFIRM"].fields] == ["total", "note"]


def test_without_vbots_address_apply_says_what_it_could_not_do(write: Write, cli: Cli) -> None:
    done = cli("apply", write(GOOD), SHOP_SECRET=SECRET, VBOT_URL=None)
    assert done.returncode == 0
    assert "warning: VBOT_URL is not set" in done.stdout


def test_apply_warns_of_datas_that_the_template_does_not_take_or_misses(write: Write, cli: Cli, know: None) -> None:
    done = cli("apply", write(GOOD.replace("total: {", "totle: {")), SHOP_SECRET=SECRET)
    assert done.returncode == 0
    assert "warning: rule confirm: datas.totle is no custom field of CONFIRM; it has: note, total" in done.stdout
    assert "warning: rule confirm: datas.total is required by CONFIRM; write a value for it" in done.stdout
    assert "warning: rule confirm: its calls wait until this is mended" in done.stdout


def test_fields_that_changed_at_vbot_are_fetched_anew_though_the_files_did_not(
    write: Write, cli: Cli, store: Store, vbot: FakeVBot, know: None
) -> None:
    path = write(GOOD)
    cli("apply", path, SHOP_SECRET=SECRET)
    vbot.template("CONFIRM", {"cfkey": "total"}, {"cfkey": "added"})
    assert "datas.added is required" in cli("apply", path, SHOP_SECRET=SECRET).stdout
    with store.read() as conn:
        assert [field["cfkey"] for field in read_templates(conn)["CONFIRM"].fields] == ["total", "added"]


def test_a_database_without_a_schema_is_told_to_migrate(write: Write, cli: Cli, tmp_path: Path) -> None:
    for command in (("apply", write(GOOD)), ("export",)):
        done = cli(*command, SHOP_SECRET=SECRET, DATABASE_URL=f"sqlite:///{tmp_path / 'new.db'}")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "error: the database has no schema yet; run: python -m bridge migrate\n"


def test_the_release_step_without_files_does_nothing_and_says_so(cli: Cli) -> None:
    done = cli("apply", "--release")
    assert (done.returncode, done.stdout) == (0, "BRIDGE_CONFIG is not set: no configuration applied\n")


def test_the_release_step_applies_its_files_with_prune(write: Write, cli: Cli, stage: Stage, store: Store) -> None:
    path = str(write(GOOD))
    plan = cli("apply", "--release", "--plan", BRIDGE_CONFIG=path, SHOP_SECRET=SECRET)
    assert plan.returncode == 3
    assert "- source other" in plan.stdout
    assert [entry["id"] for entry in documents(store)["sources"]] == ["other", "shop"]
    done = cli("apply", "--release", BRIDGE_CONFIG=path, SHOP_SECRET=SECRET)
    assert done.returncode == 0
    assert [entry["id"] for entry in documents(store)["sources"]] == ["shop"]


def test_the_release_step_names_its_setting_when_a_file_is_missing(error: Any) -> None:
    line = error(1, "apply", "--release", BRIDGE_CONFIG="config/none.yaml")
    assert line.startswith("error: BRIDGE_CONFIG names config/none.yaml")


def test_files_and_the_release_step_are_not_given_together(error: Any) -> None:
    error(2, "apply", "--release", CONTRACT)


def test_a_lost_key_names_the_source_and_applying_it_again_is_the_way_out(write: Write, cli: Cli, know: None) -> None:
    path = write(GOOD)
    assert cli("apply", path, SHOP_SECRET=SECRET).returncode == 0
    for command in (("migrate",), ("worker",), ("try", "confirm", path)):
        lost = cli(*command, BRIDGE_SECRET_KEY="n" * 32)
        assert (lost.returncode, lost.stdout) == (1, "")
        assert "BRIDGE_SECRET_KEY" in lost.stderr and "source shop" in lost.stderr
    again = cli("apply", "--new-key", path, SHOP_SECRET=SECRET, BRIDGE_SECRET_KEY="n" * 32)
    assert (again.returncode, again.stdout) == (0, "~ source shop (credentials)\napplied\n")
    assert cli("migrate", BRIDGE_SECRET_KEY="n" * 32).returncode == 0


# export


@BOTH
def test_what_is_exported_applies_again_and_changes_nothing(write: Write, cli: Cli, know: None) -> None:
    full = CONTRACT.read_text(encoding="utf-8").replace("CONFIRM_ORDER", "CONFIRM")
    hidden = full.replace('["${SHOPIFY_SECRET}"]', '["${SHOPIFY_SECRET}", literal-secret]')
    cli("apply", write(hidden), SHOPIFY_SECRET=SECRET)
    exported = cli("export")
    assert (exported.returncode, exported.stderr) == (0, "")
    assert "${SHOPIFY_SECRET}" in exported.stdout and "…" in exported.stdout
    assert SECRET not in exported.stdout and "literal-secret" not in exported.stdout
    path = write(exported.stdout, "exported.yaml")
    assert cli("check", path).returncode == 0
    for words in (("--plan",), ("--plan", "--prune")):
        again = cli("apply", *words, path, SHOPIFY_SECRET=SECRET)
        assert (again.returncode, again.stdout) == (0, "nothing changes\n")


def test_an_empty_database_exports_a_file_that_applies(write: Write, cli: Cli) -> None:
    path = write(cli("export").stdout)
    assert cli("apply", "--plan", path).returncode == 0


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=8), DOCUMENTS, min_size=1, max_size=3))
@example({"template": "1e3", "code": "0812345678", "no": "no", "time": "12:30", "day": "2027-02-06", "x": "0x1F"})
@example({"when": "a\nb", "long": "{{ order.number }} " * 20, "key: #": "…", "null": "null", ".5": "+1", "-": "~"})
def test_whatever_is_exported_is_read_back_as_it_was(document: dict[str, Json]) -> None:
    assert read_text(write_yaml(document), "exported.yaml").document == document


# fields


def test_fields_lists_what_the_template_takes(cli: Cli, listed: Any, know: None) -> None:
    done = cli("fields", "CONFIRM")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "total\ttext\trequired\t\nnote\ttext\toptional\tGhi chú\n"
    found = listed("fields", "CONFIRM")
    assert found["next"] is None
    assert [(field["cfkey"], field["isRequired"]) for field in found["items"]] == [("total", True), ("note", False)]


def test_fields_of_an_unknown_template_fails_in_vbots_words(error: Any, know: None) -> None:
    line = error(1, "fields", "UNKNOWN")
    assert line == "error: VBot did not tell the fields of UNKNOWN: template_script_code is not known\n"


def test_fields_with_vbot_down_shows_the_last_known_ones_and_how_old_they_are(
    write: Write, cli: Cli, error: Any, vbot: FakeVBot, know: None
) -> None:
    cli("apply", write(GOOD), SHOP_SECRET=SECRET)
    vbot.stop()
    done = cli("fields", "CONFIRM")
    assert done.returncode == 0
    assert done.stdout == "total\ttext\trequired\t\nnote\ttext\toptional\tGhi chú\n"
    assert re.search(r"warning: .*; these are the last known ones \(read (less than a|1) minute ago\)\n", done.stderr)
    assert "VBot did not tell the fields of OTHER" in error(1, "fields", "OTHER")


def test_fields_that_have_changed_are_stored_and_named(
    write: Write, cli: Cli, vbot: FakeVBot, store: Store, know: None
) -> None:
    cli("apply", write(GOOD), SHOP_SECRET=SECRET)
    assert cli("fields", "CONFIRM").stderr == ""
    vbot.template("CONFIRM", {"cfkey": "total"})
    done = cli("fields", "CONFIRM")
    assert (done.returncode, done.stdout) == (0, "total\ttext\trequired\t\n")
    assert done.stderr == "they are not what they were: stored, and rules are held against them from now on\n"
    with store.read() as conn:
        assert [field["cfkey"] for field in read_templates(conn)["CONFIRM"].fields] == ["total"]
    assert cli("fields", "CONFIRM").stderr == ""


def test_known_fields_can_be_forgotten_by_a_person(
    write: Write, cli: Cli, error: Any, store: Store, know: None
) -> None:
    cli("apply", write(GOOD), SHOP_SECRET=SECRET)
    done = cli("fields", "CONFIRM", "--forget")
    assert (done.returncode, done.stdout.startswith("forgotten: the custom fields of CONFIRM")) == (0, True)
    with store.read() as conn:
        assert dict(read_templates(conn)) == {}
    assert error(1, "fields", "CONFIRM", "--forget") == "error: no custom fields of CONFIRM are known\n"


def test_fields_needs_no_database(cli: Cli, know: None) -> None:
    assert cli("fields", "CONFIRM", DATABASE_URL="sqlite:////nowhere/at/all.db").returncode == 0


# migrate


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
def test_migrate_makes_the_schema_and_may_be_repeated(cli: Cli, database_url: str) -> None:
    for _ in range(2):
        done = cli("migrate", DATABASE_URL=database_url)
        assert (done.returncode, done.stderr) == (0, "")
        assert re.fullmatch(r"schema \d{4} is the newest\n", done.stdout)
    assert cli("export", DATABASE_URL=database_url).returncode == 0


def test_two_migrations_at_once_both_end_well(database_url: str) -> None:
    environment = {"PATH": os.environ["PATH"], "DATABASE_URL": database_url, "BRIDGE_SECRET_KEY": KEY}
    command = [sys.executable, "-m", "bridge", "migrate"]
    running = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    ended = [(*process.communicate(), process.returncode) for process in running]
    assert [(err, code) for _, err, code in ended] == [("", 0), ("", 0)]
    assert all("is the newest" in out for out, _, _ in ended)


@pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
def test_a_newer_schema_is_left_alone_if_compatible_and_refused_if_not(cli: Cli, database_url: str) -> None:
    store = open_store(database_url)
    head = migrate(store).revision
    with store.write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        conn.execute(state.delete().where(state.c.key == "compatible_from"))
    refused = cli("migrate", DATABASE_URL=database_url)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("error: the database's schema 9999 is newer than this code can use")
    with store.write() as conn:
        conn.execute(state.insert().values(key="compatible_from", value=head))
    store.close()
    left = cli("migrate", DATABASE_URL=database_url)
    assert (left.returncode, left.stderr) == (0, "")
    assert left.stdout == "schema 9999 is newer and compatible with this code: left alone\n"
    assert cli("export", DATABASE_URL=database_url).returncode == 0


@BOTH
def test_migrate_seals_anew_with_the_first_key(cli: Cli, store: Store) -> None:
    old, new = "o" * 32, "n" * 32
    with store.write() as conn:
        document = {"id": "shop", "platform": "generic"}
        write_source(conn, make_seal((old,)), document, {"secrets": [SECRET], "settings": {}}, NOW)
    assert cli("migrate", BRIDGE_SECRET_KEY=f"{new},{old}").returncode == 0
    assert cli("sources", BRIDGE_SECRET_KEY=new).returncode == 0
    with store.read() as conn:
        sealed = conn.execute(select(sources.c.sealed)).scalar_one()
    assert make_seal((new,)).open(sealed, "source shop")["secrets"] == [SECRET]


def test_migrate_names_the_source_that_no_key_opens(error: Any, store: Store) -> None:
    with store.write() as conn:
        document = {"id": "lan-shop", "platform": "generic"}
        write_source(conn, make_seal(("x" * 32,)), document, {"secrets": [SECRET], "settings": {}}, NOW)
    assert "source lan-shop" in error(1, "migrate")


def test_migrating_after_a_source_was_removed_ends_well(write: Write, cli: Cli) -> None:
    cli("apply", write(GOOD), SHOP_SECRET=SECRET)
    cli("apply", "--prune", "--yes", write("rules: []\n"))
    assert cli("migrate").returncode == 0


def test_a_setting_that_is_missing_is_one_line_that_names_it(error: Any) -> None:
    for command in ("migrate", "export"):
        assert error(1, command, BRIDGE_SECRET_KEY=None).startswith("error: BRIDGE_SECRET_KEY is not set")
    assert error(1, "migrate", DYNO="release.1").startswith("error: DATABASE_URL names SQLite")


def test_a_database_that_is_not_there_is_one_line(error: Any, free_port: int) -> None:
    for url in (f"postgres://name:word@127.0.0.1:{free_port}/bridge", "sqlite:////nowhere/at/all.db"):
        line = error(1, "migrate", DATABASE_URL=url)
        assert "DATABASE_URL" in line and "word" not in line


BATCHED = GOOD + "    batch: {size: 20, wait: 1m}\n"


@pytest.mark.parametrize(
    ("generation", "says"),
    [
        ("v1", "VBot's v1 says no custom fields, max_time or max_waiting_time in a batch"),
        ("v2", "VBot's v2 says no custom fields, max_time or max_waiting_time in a batch"),
        ("v3", "VBot's v3 takes at most 5 phones at once"),
    ],
)
def test_check_warns_of_a_batch_that_vbots_generation_does_not_serve(
    write: Write, cli: Cli, generation: str, says: str
) -> None:
    path = write(BATCHED)
    done = cli("check", path, VBOT_API=generation, VBOT_URL=None)
    first, last = done.stdout.splitlines()
    assert first.startswith(f"{path}:11:12: rules[0].batch: warning: {says}")
    assert (done.returncode, last) == (0, "ok: 1 sources, 0 hotlines, 1 rules")


def test_check_names_the_limit_of_v3_while_the_generation_is_not_known(write: Write, cli: Cli) -> None:
    path = write(BATCHED)
    warning = f"{path}:11:12: rules[0].batch: warning: VBot's v3 takes at most 5 phones at once"
    done = cli("check", path, VBOT_URL=None)
    first, last = done.stdout.splitlines()
    assert first.startswith(warning)
    assert (done.returncode, last) == (0, "ok: 1 sources, 0 hotlines, 1 rules")
    small = cli("check", write(BATCHED.replace("size: 20", "size: 5")), VBOT_URL=None)
    assert small.stdout == "ok: 1 sources, 0 hotlines, 1 rules\n"


def test_check_live_and_apply_judge_a_batch_by_the_templates_custom_fields(
    write: Write, cli: Cli, vbot: FakeVBot
) -> None:
    vbot.template("HELLO")
    vbot.template("CODE", {"cfkey": "code", "isRequired": False})
    rules = "rules:\n" + "".join(
        f"  - {{rule: {name}, template: {name}, on: [{topic}], batch: {{size: 5, wait: 1m}}}}\n"
        for name, topic in (("HELLO", "order.created"), ("CODE", "order.paid"))
    )
    path = write(rules)
    checked = cli("check", "--live", path)
    assert checked.returncode == 0
    assert [line.split(" ")[1] for line in checked.stdout.splitlines()[:-1]] == ["rules[1].batch:"]
    applied = cli("apply", path)
    assert [line for line in applied.stdout.splitlines() if line.startswith("warning")] == [
        "warning: rule CODE: batch: VBot's v1 says no custom fields, max_time or max_waiting_time in a batch: "
        "these calls are placed one by one; take batch out, or use v3"
    ]
