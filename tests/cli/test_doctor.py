from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bridge.core.reasons import sentence
from bridge.fake_vbot import FakeVBot, Settings
from bridge.platforms.shared.carriers.statuses import sample_reference
from bridge.store import Store
from bridge.store.configuration.catalog import touch_catalog
from bridge.store.configuration.templates import write_template
from bridge.store.shops.refusals import count_misaddressed, count_refusal
from tests import postgres
from tests.notify.woocommerce import WooCommerce
from tests.stage import HOTLINE, RULE, SECRET, Stage, order

ON_BOTH = pytest.mark.parametrize("migrated_url", ["sqlite", "postgres"], indirect=True)


@pytest.fixture(autouse=True)
def healthy(stage: Stage) -> None:
    """All that doctor looks at is well, but for the worker."""
    field = {"id": 1, "cfkey": "total", "cfname": "", "cftype": "text", "isRequired": True, "description": ""}
    stage.vbot.template("CONFIRM", field)
    stage.vbot.hotline(HOTLINE)
    stage.know_fields("CONFIRM", field)
    stage.apply(RULE)


@pytest.fixture
def doctor(listed: Any) -> Any:
    """The lines by what they are about: a list of (standing, says, mend)."""

    def run(**settings: str | None) -> dict[str, list[tuple[str, str, str]]]:
        found: dict[str, list[tuple[str, str, str]]] = {}
        for line in listed("doctor", **settings)["items"]:
            found.setdefault(line["what"], []).append((line["standing"], line["says"], line["mend"]))
        return found

    return run


def standings(lines: list[tuple[str, str, str]]) -> list[str]:
    return [standing for standing, _, _ in lines]


@ON_BOTH
@pytest.mark.usefixtures("worker_beats")
def test_where_all_is_well_every_line_is_ok(cli: Any) -> None:
    done = cli("doctor", API_TOKEN="t" * 20)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line for line in done.stdout.splitlines() if not line.startswith("ok ")] == []
    for what in (
        "settings",
        "database",
        "clock",
        "worker",
        "VBot",
        f"hotline {HOTLINE}",
        "template CONFIRM",
        "secrets",
    ):
        assert f"ok    {what}: " in done.stdout


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"BRIDGE_SECRET_KEY": None}, "BRIDGE_SECRET_KEY is not set"),
        ({"BRIDGE_SECRET_KEY": "short"}, "BRIDGE_SECRET_KEY is too short"),
        ({"PORT": "x"}, "PORT"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL"),
    ],
)
def test_a_broken_setting_is_a_line_and_not_a_crash(cli: Any, settings: dict[str, str | None], says: str) -> None:
    done = cli("doctor", **settings)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("bad   settings: ") and says in done.stdout


def test_a_database_that_is_not_there_is_not_made(doctor: Any, tmp_path: Path) -> None:
    ((standing, says, mend),) = doctor(DATABASE_URL=f"sqlite:///{tmp_path / 'other.db'}")["database"]
    assert (standing, "no file" in says, "migrate" in mend) == ("bad", True, True)
    assert not (tmp_path / "other.db").exists()


def test_a_database_without_a_schema_is_to_be_migrated(doctor: Any, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    lines = doctor(DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")["database"]
    assert ("bad", "the schema is missing", "run: python -m bridge migrate") in lines


def test_a_file_that_is_no_database_is_a_line(doctor: Any, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("not a database at all, but a text that is long enough to be read as one" * 20)
    assert standings(doctor(DATABASE_URL=f"sqlite:///{tmp_path / 'text.db'}")["database"]) == ["bad"]


def test_a_server_that_is_down_is_a_line_without_its_password(cli: Any, free_port: int) -> None:
    done = cli("doctor", DATABASE_URL=f"postgres://user:hush@127.0.0.1:{free_port}/x")
    assert done.returncode == 1
    assert "bad   database: cannot be used: nothing listens" in done.stdout
    assert "hush" not in done.stdout + done.stderr


@pytest.mark.parametrize("migrated_url", ["postgres"], indirect=True)
def test_a_plan_with_fewer_connections_than_all_of_ours_and_two_more_is_told(
    doctor: Any, store: Store, migrated_url: str
) -> None:
    """16 of the web and a worker, one of a release, one of a console: a plan of 18 is enough, one of 17 is not."""
    postgres.leave(migrated_url)  # the connection that emptied it counts too
    name = migrated_url.rpartition("/")[2]
    standing = {}
    for most in (18, 17):
        with store.write() as conn:
            conn.execute(text(f'ALTER DATABASE "{name}" CONNECTION LIMIT {most}'))
        ((standing[most], says, _),) = doctor()["connections"]
        assert f"of {most} in use" in says and "at most 16" in says
        ((fewer, _, _),) = doctor(WEB_CONCURRENCY="1")["connections"]
        assert fewer == "ok"
    with store.write() as conn:
        conn.execute(text(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1'))
    assert standing == {18: "ok", 17: "warn"}


def test_a_key_that_opens_nothing_names_the_source(doctor: Any) -> None:
    ((standing, says, _),) = doctor(BRIDGE_SECRET_KEY="other" * 8)["secrets"]
    assert standing == "bad"
    assert "BRIDGE_SECRET_KEY opens none" in says and "source" in says


def test_a_missing_worker_is_bad_and_more_so_once_work_waits(doctor: Any, send: Any) -> None:
    assert standings(doctor()["worker"]) == ["bad"]
    send(decide=False)  # at any hour: a call may have to wait for the morning
    ((standing, says, mend),) = doctor()["worker"]
    assert (standing, "work waits" in says, "python -m bridge worker" in mend) == ("bad", True, True)


@pytest.mark.parametrize(
    "settings",
    [
        {"VBOT_TOKEN": "wrong"},
        {"VBOT_TOKEN": None, "VBOT_USERNAME": "fake-user", "VBOT_PASSWORD": "wrong"},
        {"VBOT_ID": "wrong"},
        {"VBOT_URL": None},
    ],
)
def test_vbot_that_does_not_know_us_is_bad(doctor: Any, settings: dict[str, str | None]) -> None:
    ((standing, _, mend),) = doctor(**settings)["VBot"]
    assert (standing, "VBOT_URL" in mend or "VBot" in mend) == ("bad", True)


def test_vbot_that_is_down_is_bad(doctor: Any, stage: Stage) -> None:
    stage.vbot.stop()
    assert standings(doctor()["VBot"]) == ["bad"]
    stage.vbot.start()


def test_a_hotline_that_vbot_does_not_list_is_bad_and_those_it_lists_are_named(doctor: Any) -> None:
    ((standing, says, _),) = doctor(VBOT_HOTLINE="0899999999")["hotline 0899999999"]
    assert (standing, HOTLINE in says) == ("bad", True)


def test_a_rule_without_a_hotline_is_bad(doctor: Any) -> None:
    ((standing, says, mend),) = doctor(VBOT_HOTLINE=None)["rule confirm"]
    assert (standing, says, "VBOT_HOTLINE" in mend) == ("bad", "has no hotline", True)


def test_a_template_that_vbot_does_not_know_is_bad(doctor: Any, stage: Stage) -> None:
    stage.apply({**RULE, "template": "GONE"})
    assert standings(doctor()["template GONE"]) == ["bad"]


def test_fields_that_changed_at_vbot_are_told_and_what_the_rule_lacks(doctor: Any, stage: Stage) -> None:
    stage.vbot.template("CONFIRM", {"cfkey": "amount"})
    lines = doctor()
    assert standings(lines["template CONFIRM"]) == ["warn"]
    assert [says.split()[0] for _, says, _ in lines["rule confirm"]] == ["datas.total", "datas.amount"]
    assert standings(lines["rule confirm"]) == ["bad", "bad"]


def test_with_vbot_down_the_age_of_the_last_known_fields_is_told(doctor: Any, stage: Stage, now: datetime) -> None:
    with stage.store.write() as conn:
        write_template(conn, "CONFIRM", [{"cfkey": "total"}], now - timedelta(hours=3, minutes=5))
        touch_catalog(conn)
    stage.vbot.stop()
    ((standing, says, _),) = doctor()["template CONFIRM"]
    assert (standing, says) == ("warn", "the last known custom fields serve (read 3 hours ago)")
    stage.vbot.start()


def test_an_empty_list_after_one_with_fields_is_told_and_the_rules_are_held_to_the_last_known(
    doctor: Any, stage: Stage
) -> None:
    stage.vbot.template("CONFIRM")
    ((standing, says, _),) = doctor()["template CONFIRM"]
    assert (standing, "VBot lists no custom field for it now; the last known" in says) == ("warn", True)


def test_the_balance_is_shown_and_bad_below_the_alarm(doctor: Any) -> None:
    with FakeVBot(Settings(generation="v3", balance=499_999)) as third:
        account = third.account()
        settings = {"VBOT_API": "v3", "VBOT_URL": account.url, "VBOT_TOKEN": account.token}
        assert doctor(**settings)["VBot balance"] == [("ok", "499999 dong", "")]
        ((standing, says, mend),) = doctor(**settings, VBOT_BALANCE_ALARM="500000")["VBot balance"]
        assert (standing, says, "top up" in mend) == ("bad", "499999 dong, the alarm is below 500000", True)
        third.balance(0)
        assert standings(doctor(**settings)["VBot balance"]) == ["bad"]


def test_a_balance_alarm_without_effect_is_told(doctor: Any) -> None:
    ((standing, says, _),) = doctor(VBOT_BALANCE_ALARM="500000")["VBot balance"]
    assert (standing, "VBOT_BALANCE_ALARM has no effect" in says) == ("warn", True)
    assert "VBot balance" not in doctor()


def test_fields_that_were_never_fetched_are_a_warning(doctor: Any, stage: Stage) -> None:
    stage.vbot.template("NEW", {"cfkey": "total"})
    stage.apply({**RULE, "template": "NEW"})
    assert standings(doctor()["template NEW"]) == ["warn"]


def test_refused_deliveries_say_what_to_mend(doctor: Any, stage: Stage, now: datetime) -> None:
    with stage.store.write() as conn:
        count_refusal(conn, "shop", "bad_signature", now)
    ((standing, says, mend),) = doctor()["source shop"]
    assert (standing, says.startswith("1 "), "secrets" in mend) == ("warn", True, True)


def test_pauses_in_force_say_how_to_end_them(doctor: Any, cli: Any) -> None:
    cli("pause", "--rule", "confirm", "--reason", "giá sai")
    ((standing, says, mend),) = doctor()["pause"]
    assert (standing, "giá sai" in says) == ("warn", True)
    assert mend.endswith("python -m bridge resume --rule confirm")


def test_what_nobody_can_explain_is_bad(doctor: Any, stage: Stage, now: datetime) -> None:
    stage.send_body(b"{", now)
    stage.decide(now)
    assert standings(doctor()["balance"]) == ["bad"]


def test_credentials_that_a_shops_api_needs_are_named(stage: Stage, doctor: Any) -> None:
    stage.apply(RULE, sources=[{"id": "bc", "platform": "bigcommerce", "secrets": ["secret-of-the-bigcommerce-shop"]}])
    ((standing, says, mend),) = doctor()["source bc"]
    assert (standing, "settings.store_hash, settings.access_token missing" in says) == ("warn", True)
    assert "apply FILE" in mend


def test_a_source_that_nobody_can_sign_for_is_named(stage: Stage, doctor: Any) -> None:
    stage.apply(RULE, sources=[{"id": "bare", "platform": "shopify"}])
    ((standing, says, mend),) = doctor()["source bare"]
    assert (standing, "every delivery will be refused" in says, "apply FILE" in mend) == ("warn", True, True)


@ON_BOTH
def test_a_payment_method_that_alone_kept_orders_from_being_called_is_named(
    cli: Any, doctor: Any, listed: Any, stage: Stage, worker_beats: None
) -> None:
    stage.apply({**RULE, "when": "order.payment.cod"})
    for number, method in enumerate(["Tiền mặt tại kho", "Tiền mặt tại kho", "COD"], 1):
        stage.send("order.created", order(number, payment={"method": method}), datetime.now(UTC))
    stage.decide(datetime.now(UTC))
    ((standing, says, _),) = doctor()["source shop"]
    assert standing == "warn"
    assert "“Tiền mặt tại kho”" in says and "2 order(s)" in says and "cod_names" in says
    (item,) = [item for item in listed("sources")["items"] if item["id"] == "shop"]
    assert item["methods_not_cod"] == [{"method": "Tiền mặt tại kho", "orders": 2}]
    assert "Tiền mặt tại kho" in cli("sources").stdout


@ON_BOTH
def test_a_state_that_nobody_knows_is_named_until_its_meaning_is_written(
    cli: Any, doctor: Any, listed: Any, stage: Stage, worker_beats: None
) -> None:
    for number, status in enumerate(["Chốt sổ", "chốt sổ", "Chốt sổ", "mới"], 1):
        stage.send("order.created", order(number, status=status), datetime.now(UTC))
    stage.decide(datetime.now(UTC))
    says = [says for standing, says, _ in doctor()["source shop"] if standing == "warn"]
    assert ["“Chốt sổ”" in says[0], "3 order(s)" in says[0], "states" in says[0]] == [True] * 3
    (item,) = [item for item in listed("sources")["items"] if item["id"] == "shop"]
    assert item["unknown_states"] == [{"state": "Chốt sổ", "orders": 3}]
    assert "Chốt sổ" in cli("sources").stdout


@ON_BOTH
def test_parcels_that_belong_to_no_known_order_are_counted(
    cli: Any, doctor: Any, listed: Any, stage: Stage, worker_beats: None
) -> None:
    vtp = {"id": "vtp", "platform": "viettel_post", "secrets": ["a-word-of-the-shop-for-viettel-post"]}
    shop = {"id": "shop", "platform": "generic", "secrets": [SECRET]}
    stage.apply(RULE, sources=[shop, vtp])
    at = datetime.now(UTC)
    for number, expected in ((1, "bad"), (2, "warn")):
        stage.send_sample("vtp", at)
        stage.decide(at)
        says = [(standing, says) for standing, says, _ in doctor()["source vtp"] if "parcels" in says]
        assert says == [(expected, sentence("parcels_unjoined", "en", unjoined=1, parcels=number))]
        (item,) = [item for item in listed("sources")["items"] if item["id"] == "vtp"]
        assert item["parcels"] == {"parcels": number, "joined": number - 1}
        assert sentence("parcels_unjoined", "en", unjoined=1, parcels=number) in cli("sources").stdout
        at += timedelta(seconds=1)
        stage.send("order.created", {**order(1), "number": sample_reference(at)}, at)
    assert [item["parcels"] for item in listed("sources")["items"] if item["id"] == "shop"] == [None]


@ON_BOTH
def test_requests_that_reached_no_source_are_named_with_the_source_that_was_meant(
    cli: Any, doctor: Any, listed: Any, stage: Stage, worker_beats: None
) -> None:
    now = datetime.now(UTC)
    with stage.store.write() as conn:
        for name, reason in (("shopp", "unknown_source"), ("Shop", "unknown_source"), ("zzz", "unknown_source")):
            count_misaddressed(conn, name, reason, now)
        count_misaddressed(conn, "shop", "wrong_method", now)
    ((standing, says, _),) = doctor()["address /hooks/shopp"]
    assert (standing, "the nearest is shop" in says) == ("warn", True)
    assert "POST" in doctor()["address /hooks/shop"][0][1]
    astray = {(row["address"], row["reason"]): row["source"] for row in listed("sources")["misaddressed"]}
    assert astray["/hooks/Shop", "unknown_source"] == astray["/hooks/shopp", "unknown_source"] == "shop"
    assert astray["/hooks/zzz", "unknown_source"] is None
    assert "/hooks/shopp" in cli("sources").stdout


def test_an_env_that_others_may_read_is_a_warning(cli: Any, tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("LOG_LEVEL=ERROR\n")
    for mode, warns in ((0o644, True), (0o600, False)):
        path.chmod(mode)
        assert ("chmod 600 .env" in cli("doctor").stdout) is warns


def test_secrets_that_can_be_guessed_or_are_shared_are_named(doctor: Any, stage: Stage) -> None:
    sources = [{"id": name, "platform": "shopify", "secrets": ["short-secret"]} for name in ("one", "two")]
    stage.apply(RULE, sources=sources)
    lines = [line for what, lines in doctor().items() if what.startswith("source ") for line in lines]
    says = [said for standing, said, _ in lines if standing == "warn"]
    assert sum("fewer than 16 characters" in said for said in says) == 2
    assert sum("source one has the same secret" in said for said in says) == 1
    assert not any("short-secret" in said for said in says)


def test_an_unencrypted_way_to_vbot_is_a_warning_unless_it_is_this_machine(cli: Any) -> None:
    shown = cli("doctor", VBOT_URL="http://vbot.invalid").stdout
    assert "VBOT_URL begins with http://" in shown
    assert "begins with http://" not in cli("doctor", VBOT_URL="http://127.0.0.1:9").stdout


def test_the_right_to_write_back_is_named_and_a_read_is_tried(doctor: Any, stage: Stage) -> None:
    rule = {**RULE, "answers": {"1": "confirmed"}, "write_back": {"confirmed": [{"note": "Đã xác nhận"}]}}
    with WooCommerce() as shop:
        woo = {"id": "woo", "platform": "woocommerce", "secrets": [SECRET], "settings": shop.settings}
        stage.apply(rule, sources=[woo])
        ((standing, says, _),) = doctor()["source woo"]
        assert (standing, says) == (
            "ok",
            "the shop lets us in to write back; needs a REST API key with the permission Read/Write",
        )
        stage.apply(rule, sources=[{**woo, "settings": {**shop.settings, "consumer_key": "ck_wrong"}}])
        ((standing, says, mend),) = doctor()["source woo"]
        assert standing == "bad" and "refused the API credentials (401)" in says and "Read/Write" in mend
        stage.apply(rule, sources=[{"id": "woo", "platform": "woocommerce", "secrets": [SECRET]}])
        ((standing, says, _),) = doctor()["source woo"]
        assert standing == "bad" and "lacks api_url, consumer_key, consumer_secret" in says


@pytest.mark.parametrize(("language", "mend"), [("vi", "; cần "), ("en", "; needs a REST API key")])
def test_a_whole_sentence_goes_on_to_how_it_is_mended(cli: Any, stage: Stage, language: str, mend: str) -> None:
    rule = {**RULE, "answers": {"1": "confirmed"}, "write_back": {"confirmed": [{"note": "Đã xác nhận"}]}}
    with WooCommerce() as shop:
        settings = {**shop.settings, "consumer_key": "ck_wrong"}
        woo = {"id": "woo", "platform": "woocommerce", "secrets": [SECRET], "settings": settings}
        stage.apply(rule, sources=[woo])
        shown = cli("--lang", language, "doctor").stdout
    assert mend in shown
    assert ".;" not in shown
