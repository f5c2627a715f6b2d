"""configuration.apply: files in, the plan, then a database that says the same; and nothing secret in clear anywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from sqlalchemy import select

from bridge.configuration import apply
from bridge.configuration.files import expand, read_files
from bridge.core.model import BadSetting, Json, Source
from bridge.fake_vbot import FakeVBot
from bridge.lib.yamltext import read_text
from bridge.platforms import list_platforms
from bridge.rules.rule import parse_rule
from bridge.store import Store, make_seal
from bridge.store.configuration.catalog import Catalog, Catalogs
from bridge.store.configuration.documents import read_documents
from bridge.store.db.tables import sources
from tests.stage import NOW, RULE, Stage, order

FIXTURES = Path(__file__).parents[1] / "fixtures" / "config"
SEAL = make_seal(("k" * 32,))
SECRET = "the-whole-secret"
HOOK_SECRET = "whsec_" + "bmV3LXNlY3JldC1vZi10aGUtY3JtLXdlYmhvb2s="

SHOP = {"id": "shop", "platform": "generic", "secrets": ["${SHOP_SECRET}"]}


def rule(name: str, **more: Json) -> Json:
    return {"rule": name, "template": "T", "on": ["order.created"], **more}


def planned(
    store: Store, document: Json, *, prune: bool = False, carry_out: bool = True, at: datetime = NOW, **env: str
) -> list[str]:
    """The plan for this document, as its lines; carried out unless told otherwise."""
    text = document if isinstance(document, str) else yaml.safe_dump(document, allow_unicode=True)
    names = [platform.name for platform in list_platforms()]
    written, findings = read_files([("a.yaml", text)], parse_rule, names, ["shop"])
    assert [str(finding) for finding in findings if not finding.warning] == []
    expanded, missing = expand(written, {"SHOP_SECRET": SECRET, **env})
    assert missing == []
    with store.write() as conn:
        wanted = apply.want(conn, SEAL, written, expanded)
        changes = apply.plan(conn, SEAL, wanted, prune=prune)
        if carry_out:
            apply.carry_out(conn, SEAL, wanted, at, prune=prune)
    return [str(change) for change in changes]


def live(store: Store) -> dict[str, list[Json]]:
    with store.read() as conn:
        return read_documents(conn)


def catalog(store: Store) -> Catalog:
    with store.read() as conn:
        return Catalogs(SEAL).read(conn)


def source(store: Store, name: str = "shop") -> Source:
    return catalog(store).sources[name]


def test_what_is_new_changed_and_removed_is_told_and_then_so(store: Store) -> None:
    first = {
        "sources": [SHOP, {"id": "other", "platform": "shopify"}],
        "hotlines": [{"code": "0812345678", "per_minute": 30}, {"code": "0899999999"}],
        "holidays": ["2027-02-06"],
        "rules": [rule("a"), rule("b")],
    }
    assert planned(store, first) == [
        "+ source shop",
        "+ source other",
        "+ hotline 0812345678",
        "+ hotline 0899999999",
        "+ rule a",
        "+ rule b",
        "~ holidays",
    ]
    second = {
        "sources": [SHOP | {"timezone": "Asia/Bangkok", "enabled": False}],
        "hotlines": [{"code": "0812345678", "per_minute": 20, "max_active": 5}],
        "holidays": ["2027-02-07"],
        "rules": [rule("a", when="order.payment.cod"), rule("c")],
    }
    assert planned(store, second, prune=True) == [
        "~ source shop (enabled, timezone)",
        "- source other",
        "~ hotline 0812345678 (max_active, per_minute)",
        "- hotline 0899999999",
        "~ rule a (when)",
        "+ rule c",
        "- rule b",
        "~ holidays",
    ]
    assert live(store) == second
    assert sorted(catalog(store).sources) == ["shop"]


def test_a_plan_alone_changes_nothing(store: Store) -> None:
    document = {"sources": [SHOP], "rules": [rule("a")]}
    before = live(store)
    first = planned(store, document, carry_out=False)
    assert first == planned(store, document, carry_out=False) == ["+ source shop", "+ rule a"]
    assert live(store) == before


@pytest.mark.parametrize("prune", [False, True])
@pytest.mark.parametrize("name", ["contract.yaml", "every-key.yaml"])
def test_the_second_apply_of_the_same_files_changes_nothing(store: Store, name: str, prune: bool) -> None:
    text = (FIXTURES / name).read_text(encoding="utf-8")
    document = _only_platforms_of_this_version(text)
    env = {key: f"value of {key}" for key in re.findall(r"\$\{([A-Z_]+)\}", text)}
    env |= {"TEA_HOST": "tea.example.test", **dict.fromkeys(("CRM_SECRET", "CRM_SECRET_BEFORE"), HOOK_SECRET)}
    assert planned(store, document, prune=prune, **env) != []
    assert planned(store, document, prune=prune, **env) == []


def test_without_prune_what_the_files_do_not_name_stays(store: Store) -> None:
    planned(store, {"sources": [SHOP], "hotlines": [{"code": "1"}], "holidays": ["2027-02-06"], "rules": [rule("a")]})
    assert planned(store, {"holidays": ["2027-02-07"], "rules": [rule("b")]}) == ["+ rule b", "~ holidays"]
    found = live(store)
    assert [entry["id"] for entry in found["sources"]] == ["shop"]
    assert [entry["code"] for entry in found["hotlines"]] == ["1"]
    assert [entry["rule"] for entry in found["rules"]] == ["a", "b"]
    assert found["holidays"] == ["2027-02-06", "2027-02-07"]


def test_with_prune_empty_files_remove_all(store: Store) -> None:
    planned(store, {"sources": [SHOP], "hotlines": [{"code": "1"}], "holidays": ["2027-02-06"], "rules": [rule("a")]})
    planned(store, {"rules": []}, prune=True)
    assert live(store) == {"sources": [], "hotlines": [], "holidays": [], "rules": []}


@pytest.mark.parametrize(
    ("files", "stands"),
    [
        (["abc", "c"], "abc"),  # one file of several, applied alone
        (["abc", "cb"], "acb"),
        (["ab", "ca"], "cba"),
        (["ab", "xayb"], "xayb"),
        (["abc", "cba"], "cba"),
    ],
)
def test_rules_stand_in_the_order_of_the_files_and_others_keep_their_places(
    store: Store, files: Sequence[str], stands: str
) -> None:
    for names in files:
        document = {"rules": [rule(name) for name in names]}
        planned(store, document)
        assert planned(store, document) == []
    assert "".join(entry["rule"] for entry in live(store)["rules"]) == stands


def test_another_order_of_the_same_rules_is_one_line_of_the_plan(store: Store) -> None:
    planned(store, {"rules": [rule("a"), rule("b")]})
    assert planned(store, {"rules": [rule("b"), rule("a")]}) == ["~ rules (order)"]


def test_a_removed_source_comes_back_as_a_new_one_and_needs_its_secret_again(store: Store) -> None:
    planned(store, {"sources": [SHOP]})
    planned(store, {"sources": []}, prune=True)
    with pytest.raises(BadSetting, match=r"sources\.shop\.secrets\[0\]"):
        planned(store, {"sources": [SHOP | {"secrets": ["…"]}]})
    assert planned(store, {"sources": [SHOP]}) == ["+ source shop"]
    assert source(store).secrets == (SECRET,)


def test_a_secret_is_read_from_the_environment_and_kept_sealed(store: Store) -> None:
    planned(store, {"sources": [SHOP]})
    assert source(store).secrets == (SECRET,)
    assert SECRET not in everything(store)


def test_a_secret_written_into_the_file_is_sealed_too_and_shown_as_dots(store: Store) -> None:
    literal = SHOP | {"secrets": ["literal-one", "prefix-${SHOP_SECRET}", "${SHOP_SECRET}"]}
    planned(store, {"sources": [literal]})
    assert source(store).secrets == ("literal-one", f"prefix-{SECRET}", SECRET)
    assert live(store)["sources"][0]["secrets"] == ["…", "…", "${SHOP_SECRET}"]
    assert "literal-one" not in everything(store) and "prefix-" not in everything(store)


def test_a_credential_among_the_settings_is_sealed_and_the_rest_is_shown(store: Store) -> None:
    settings = {"verify_token": "literal-token", "cod_names": ["trả sau"]}
    planned(store, {"sources": [{"id": "shop", "platform": "haravan", "settings": settings}]})
    assert dict(source(store).settings) == settings
    assert live(store)["sources"][0]["settings"] == {"verify_token": "…", "cod_names": ["trả sau"]}
    assert "literal-token" not in everything(store)


def test_a_variable_inside_a_plain_setting_stays_a_variable_where_it_is_shown(store: Store) -> None:
    settings = {"shop_domain": "${SHOP_SECRET}.myshopify.com"}
    document = {"sources": [{"id": "shop", "platform": "shopify", "settings": settings}]}
    planned(store, document)
    assert source(store).settings["shop_domain"] == f"{SECRET}.myshopify.com"
    assert live(store)["sources"][0]["settings"] == settings
    assert SECRET not in everything(store)
    assert planned(store, document, SHOP_SECRET="another") == ["~ source shop (credentials)"]


def test_dots_keep_the_stored_secret_and_change_nothing_of_it(store: Store) -> None:
    planned(store, {"sources": [SHOP | {"secrets": ["literal-one", "literal-two"]}]})
    assert planned(store, {"sources": [SHOP | {"secrets": ["…", "…"]}]}) == []
    assert planned(store, {"sources": [SHOP | {"secrets": ["…", "…", "third"]}]}) == [
        "~ source shop (secrets, credentials)"
    ]
    assert source(store).secrets == ("literal-one", "literal-two", "third")


def test_dots_keep_a_stored_credential_of_the_settings(store: Store) -> None:
    shop = {"id": "shop", "platform": "haravan"}
    planned(store, {"sources": [shop | {"settings": {"verify_token": "literal-token"}}]})
    assert planned(store, {"sources": [shop | {"settings": {"verify_token": "…"}}]}) == []
    assert source(store).settings["verify_token"] == "literal-token"


@pytest.mark.parametrize("secrets", [["…"], ["${SHOP_SECRET}", "…"]])
def test_dots_without_a_stored_secret_say_which_and_what_to_write(store: Store, secrets: list[str]) -> None:
    if len(secrets) > 1:
        planned(store, {"sources": [SHOP]})
    before = live(store)
    with pytest.raises(BadSetting) as refused:
        planned(store, {"sources": [SHOP | {"secrets": secrets}]})
    line = str(refused.value)
    assert line.startswith(f"sources.shop.secrets[{len(secrets) - 1}] is …")
    assert "${NAME}" in line
    assert live(store) == before


def test_another_value_behind_the_same_variable_is_a_change_that_shows_no_value(store: Store) -> None:
    planned(store, {"sources": [SHOP]})
    assert planned(store, {"sources": [SHOP]}, SHOP_SECRET="rotated") == ["~ source shop (credentials)"]
    assert source(store).secrets == ("rotated",)


def test_a_credential_that_no_key_opens_is_replaced_by_applying_its_source_again(store: Store) -> None:
    with store.write() as conn:
        conn.execute(
            sources.insert().values(
                id="shop",
                platform="generic",
                enabled=True,
                document=SHOP,
                sealed=make_seal(("lost" * 8,)).close({"secrets": ["x"], "settings": {}}),
                updated_at=NOW,
            )
        )
    with pytest.raises(BadSetting, match=r"sources\.shop\.secrets\[0\]"):
        planned(store, {"sources": [SHOP | {"secrets": ["…"]}]})
    assert planned(store, {"sources": [SHOP]}) == ["~ source shop (credentials)"]
    assert source(store).secrets == (SECRET,)


def test_every_process_sees_what_was_applied_at_its_next_look(store: Store) -> None:
    ours, theirs = Catalogs(SEAL), Catalogs(SEAL)
    for name in ("a", "b"):
        planned(store, {"rules": [rule(name)]}, prune=True)
        for catalogs in (ours, theirs):
            with store.read() as conn:
                assert [found.name for found in catalogs.read(conn).rules] == [name]


def test_another_platform_for_a_source_is_told(store: Store) -> None:
    planned(store, {"sources": [SHOP]})
    assert planned(store, {"sources": [SHOP | {"platform": "shopify"}]}) == ["~ source shop (platform)"]
    assert source(store).platform == "shopify"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rules": []}, "rule_removed"),
        ({"rules": [{**RULE, "enabled": False}]}, "rule_removed"),
        ({"rules": [{**RULE, "sources": ["other"]}]}, "rule_removed"),
        ({"sources": [{"id": "other", "platform": "generic"}], "rules": [RULE]}, "rule_removed"),
    ],
)
def test_waiting_calls_without_a_rule_or_source_behind_them_end(
    store: Store, vbot: FakeVBot, change: Json, reason: str
) -> None:
    stage = Stage(store, vbot)
    stage.send("order.created", order())
    stage.decide()
    assert stage.call()["state"] == "waiting"
    stage.apply(*change["rules"], **{key: value for key, value in change.items() if key != "rules"})
    stage.dial()
    assert (stage.call()["state"], stage.call()["reason"], stage.rung()) == ("cancelled", reason, [])


def test_waiting_calls_of_a_rule_that_stays_wait_on(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    stage.send("order.created", order())
    stage.decide()
    assert stage.apply({**RULE, "when": "order.payment.cod"}) == 0
    stage.dial()
    assert stage.call()["state"] == "placed"


def test_an_older_file_of_one_shop_alone_ends_no_calls_of_another_without_prune(store: Store, vbot: FakeVBot) -> None:
    stage = Stage(store, vbot)
    stage.send("order.created", order())
    stage.decide()
    assert stage.apply({**RULE, "rule": "another"}, prune=False) == 0
    assert stage.call()["state"] == "waiting"


def everything(store: Store) -> str:
    """All that is stored of sources, but what is sealed."""
    with store.read() as conn:
        columns = [column for column in sources.c if column.name != "sealed"]
        return str([tuple(row) for row in conn.execute(select(*columns))]) + str(read_documents(conn))


def _only_platforms_of_this_version(text: str) -> Json:
    names = {platform.name for platform in list_platforms()}
    document = read_text(text, "a.yaml").document
    kept = [entry for entry in document["sources"] if entry["platform"] in names]
    for entry in kept:
        if "secrets" in entry:
            entry["secrets"] = [secret for secret in entry["secrets"] if secret != "…"]
    return {**document, "sources": kept}


def test_texts_and_rates_are_kept_changed_and_pruned(store: Store) -> None:
    first = {"templates": {"A": "Chào {x}", "B": "Tạm biệt"}, "reports": {"rate": {"price": 600, "per": "1m"}}}
    assert planned(store, first) == ["~ templates (A, B)", "~ reports (rate)"]
    assert planned(store, first) == []
    assert {name: live(store)[name] for name in ("templates", "reports")} == first
    assert planned(store, {"templates": {"A": "Xin chào {x}"}}) == ["~ templates (A)"]
    assert live(store)["templates"] == {"A": "Xin chào {x}", "B": "Tạm biệt"}
    assert planned(store, {"templates": {"A": "Xin chào {x}"}}, prune=True) == ["~ templates (B)", "~ reports (rate)"]
    assert live(store)["templates"] == {"A": "Xin chào {x}"}
    assert "reports" not in live(store)


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"templates": {"A": 5}}, "templates.A"),
        ({"templates": []}, "templates"),
        ({"reports": {"rate": {"price": 600}}}, "reports.rate"),
        ({"reports": {"rate": {"price": 600, "per": "7s"}}}, "reports.rate.per"),
        ({"reports": {"rate": {"price": "600", "per": "1m"}}}, "reports.rate.price"),
    ],
)
def test_a_wrong_text_or_rate_is_told_with_its_path(document: Json, path: str) -> None:
    _, findings = read_files([("a.yaml", yaml.safe_dump(document))], parse_rule, [])
    assert [finding.path for finding in findings if not finding.warning] == [path]


def test_a_webhook_is_applied_as_a_source_is(store: Store) -> None:
    hook = {"name": "crm", "url": "${CRM}/in", "secrets": ["${HOOK}"], "events": ["call.*"]}
    env = {"CRM": "https://crm.example.test", "HOOK": HOOK_SECRET}
    assert planned(store, {"webhooks": [hook]}, **env) == ["+ webhook crm"]
    assert live(store)["webhooks"] == [hook]
    assert planned(store, {"webhooks": [hook]}, **env) == []
    kept = {"webhooks": [{**hook, "secrets": ["…"]}]}
    assert planned(store, kept, carry_out=False, **env) == ["~ webhook crm (secrets)"]
    assert planned(store, {"webhooks": [hook]}, **env | {"CRM": "https://b.example"}) == ["~ webhook crm (credentials)"]
    literal = {**hook, "secrets": [HOOK_SECRET]}
    assert planned(store, {"webhooks": [literal]}, **env) == ["~ webhook crm (secrets, credentials)"]
    assert HOOK_SECRET not in everything(store)
    with pytest.raises(BadSetting, match=r"webhooks\.crm\.secrets\[1\] is …"):
        planned(store, {"webhooks": [{**hook, "secrets": ["${HOOK}", "…"]}]}, **env)
    assert planned(store, {"rules": []}) == []
    assert planned(store, {"rules": []}, prune=True) == ["- webhook crm"]
    assert "webhooks" not in live(store)


@pytest.mark.parametrize(
    ("more", "env", "line"),
    [
        ({"url": "http://crm.example"}, {}, "webhooks[0].url: not sent to: it must be https and public"),
        ({"url": "https://10.1.2.3/in"}, {}, "webhooks[0].url: not sent to: it must be https and public"),
        (
            {"url": "https://${HOST}"},
            {"HOST": "127.0.0.1"},
            "webhooks[0].url: not sent to: it must be https and public",
        ),
        ({"url": "https://${A B}.example"}, {}, "webhooks[0].url: not a variable"),
        ({"secrets": ["whsec_" + "A" * 33]}, {}, "webhooks[0].secrets[0]: must be whsec_ and the base64"),
        ({"secrets": ["${HOOK}"]}, {"HOOK": "password"}, "webhooks[0].secrets[0]: must be whsec_ and the base64"),
        ({"secrets": ["${HOOK}"]}, {}, "webhooks[0].secrets[0]: the environment variable HOOK is not set"),
    ],
)
def test_a_webhook_that_can_never_work_is_refused(more: Json, env: dict[str, str], line: str) -> None:
    hook = {"name": "crm", "url": "https://crm.example", "secrets": [HOOK_SECRET], "events": ["call.*"], **more}
    written, findings = read_files([("a.yaml", yaml.safe_dump({"webhooks": [hook]}))], parse_rule, [])
    _, missing = expand(written, env)
    (found,) = {str(finding) for finding in [*findings, *missing]}
    assert line in found


def test_a_name_is_a_webhooks_alone() -> None:
    hook = {"name": "crm", "url": "https://crm.example", "secrets": [HOOK_SECRET], "events": ["call.*"]}
    texts = [("a.yaml", json.dumps({"webhooks": [hook, hook]}))]
    _, (found,) = read_files(texts, parse_rule, [])
    assert "'crm' is also at" in str(found)


def test_a_channel_is_applied_as_a_source_is(store: Store) -> None:
    shop = {"channel": "shop", "telegram": {"token": "${BOT}", "chat_id": "1"}}
    assert planned(store, {"notify": [shop]}, BOT="12:ab") == ["+ channel shop"]
    assert live(store)["notify"] == [shop]
    literal = {"channel": "shop", "telegram": {"token": "12:ab", "chat_id": "1"}, "daily": "20:00"}
    assert planned(store, {"notify": [literal]}) == ["~ channel shop (daily, telegram)"]
    assert live(store)["notify"] == [{**literal, "telegram": {"token": "…", "chat_id": "1"}}]
    assert "12:ab" not in everything(store)
    assert planned(store, {"notify": live(store)["notify"]}) == []
    assert planned(store, {"rules": []}, prune=True) == ["- channel shop"]


@pytest.mark.parametrize(
    ("channel", "line"),
    [
        ({}, "notify[0]: a channel is one of telegram, email, slack, zalo; write exactly one of them"),
        (
            {"slack": {"url": "https://a.example"}, "zalo": {"token": "x", "chat_id": "1"}},
            "notify[0]: a channel is one of telegram, email, slack, zalo; write exactly one of them",
        ),
        ({"slack": {"url": "http://a.example"}}, "notify[0].slack.url: not sent to: it must be https and public"),
        (
            {"zalo": {"token": "x", "chat_id": "1", "api_url": "https://10.0.0.1"}},
            "notify[0].zalo.api_url: not sent to: it must be https and public",
        ),
        ({"slack": {"url": "https://a.example"}, "timezone": "Saigon"}, "notify[0].timezone: not a time zone"),
        ({"slack": {"url": "${URL}"}}, "notify[0].slack.url: the environment variable URL is not set"),
    ],
)
def test_a_channel_that_can_never_work_is_refused(channel: Json, line: str) -> None:
    texts = [("a.yaml", yaml.safe_dump({"notify": [{"channel": "shop", **channel}]}))]
    written, findings = read_files(texts, parse_rule, [])
    _, missing = expand(written, {})
    (found,) = {str(finding) for finding in [*findings, *missing]}
    assert line in found
