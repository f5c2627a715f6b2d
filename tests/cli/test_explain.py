from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bridge.store.shops.refusals import count_refusal
from tests.stage import SECRET, Stage

ON_BOTH = pytest.mark.parametrize("migrated_url", ["sqlite", "postgres"], indirect=True)
PHONE, MASKED, NAME = "0900000001", "09••••••01", "Trần Thử Nghiệm"

CALL_KEYS = {
    *("id", "rule", "source", "order_id", "order_number", "phone", "template", "hotline", "datas", "state", "reason"),
    *("result", "key", "attempts", "not_before", "not_after", "created_at", "updated_at"),
}
DELIVERY_KEYS = {
    *("id", "source", "platform", "dedup_key", "platform_topic", "received_at", "repeats", "state", "events"),
    "decisions",
}


@ON_BOTH
def test_the_story_of_a_called_order_is_told_from_delivery_to_result(
    stage: Stage, send: Any, cli: Any, now: datetime
) -> None:
    send()
    stage.dial(now)
    told = cli("explain", "DH-1")
    assert (told.returncode, told.stderr) == (0, "")
    (attempt,) = stage.call()["attempts"]
    lines = told.stdout.splitlines()
    assert "DH-1 (id id-1)" in lines[0] and "shop" in lines[0]
    parts = ["order.created", "[confirm] Sẽ gọi cho khách", MASKED, attempt["external_call_id"], "Tiếp theo:"]
    places = [next(n for n, line in enumerate(lines) if part in line) for part in parts]
    assert places == sorted(places)
    assert "VBot đã nhận cuộc gọi" in lines[-1]


def test_times_are_those_of_the_sources_zone(stage: Stage, send: Any, cli: Any, now: datetime) -> None:
    stage.apply(sources=[{"id": "shop", "platform": "generic", "secrets": [SECRET], "timezone": "Pacific/Kiritimati"}])
    send()
    assert f"{now + timedelta(hours=14):%Y-%m-%d %H:%M:%S}" in cli("explain", "DH-1").stdout


@pytest.mark.parametrize("named", ["id-1", "DH-1", "#DH-1"])
def test_an_order_is_found_by_its_id_and_by_its_number(send: Any, cli: Any, named: str) -> None:
    send()
    assert "id-1" in cli("explain", named).stdout


@ON_BOTH
def test_a_number_that_the_shop_writes_with_a_hash_is_found_without_it(send: Any, cli: Any, listed: Any) -> None:
    send(2, number="#1001")
    assert "id-2" in cli("explain", "1001").stdout
    assert [call["order_id"] for call in listed("calls", "--order", "1001")["items"]] == ["id-2"]
    assert [found["events"][0]["order_id"] for found in listed("deliveries", "--order", "1001")["items"]] == ["id-2"]


def test_a_story_names_nobody_unless_asked(send: Any, cli: Any) -> None:
    send()
    for flags in ([], ["--json"], ["--lang", "en"]):
        told = cli("explain", "DH-1", *flags).stdout
        assert NAME not in told and PHONE not in told and MASKED in told
    asked = cli("explain", "DH-1", "--show-phones").stdout
    assert NAME in asked and PHONE in asked


def test_a_story_in_vietnamese_names_every_state_in_vietnamese(
    stage: Stage, send: Any, cli: Any, now: datetime
) -> None:
    send()
    stage.dial(now)
    (attempt,) = stage.call()["attempts"]
    told = cli("explain", "DH-1").stdout
    assert "trạng thái đang mở (giờ" in told and f"gửi VBot {attempt['external_call_id']}: VBot đã nhận\n" in told
    english = cli("explain", "DH-1", "--lang", "en").stdout
    assert "state open (times" in english and f"{attempt['external_call_id']}: accepted\n" in english


def test_a_story_in_english_has_no_vietnamese_sentence(send: Any, cli: Any) -> None:
    send()
    told = cli("explain", "DH-1", "--lang", "en").stdout
    assert "The customer will be called" in told
    assert "Sẽ gọi" not in told and "Tiếp theo" not in told


@pytest.mark.usefixtures("worker_beats")
def test_a_call_that_a_changed_script_holds_says_why_and_what_to_mend(
    stage: Stage, send: Any, cli: Any, now: datetime
) -> None:
    stage.know_fields("CONFIRM", {"cfkey": "customer"}, {"cfkey": "address", "isRequired": True})
    send()
    stage.dial(now)
    vietnamese, english = cli("explain", "DH-1").stdout, cli("explain", "DH-1", "--lang", "en").stdout
    assert "Kịch bản gọi “CONFIRM” trên VBot không còn khớp với quy tắc, ở trường address" in vietnamese
    assert "The call script “CONFIRM” at VBot does not fit the rule in its field address, so the call waits." in english


def test_without_a_worker_the_story_says_that_nobody_will_be_called(send: Any, cli: Any) -> None:
    send()
    assert "No worker beats: nobody will be called" in cli("explain", "DH-1", "--lang", "en").stdout


@pytest.mark.usefixtures("worker_beats")
def test_with_a_worker_a_due_call_is_about_to_be_made(send: Any, cli: Any) -> None:
    send()
    assert cli("explain", "DH-1", "--lang", "en").stdout.splitlines()[-1].endswith("will be called in a moment.")


@pytest.mark.usefixtures("worker_beats")
def test_a_call_outside_its_hours_says_when_they_open(stage: Stage, send: Any, cli: Any, now: datetime) -> None:
    day = f"{now + timedelta(days=3):%a}".lower()
    stage.apply(
        {"rule": "confirm", "template": "CONFIRM", "on": ["order.created"], "within": "7d", "window": {"days": day}}
    )
    send()
    last = cli("explain", "DH-1", "--lang", "en").stdout.splitlines()[-1]
    assert "Outside the hours" in last and "08:00" in last


@pytest.mark.usefixtures("worker_beats")
def test_a_call_that_a_pause_holds_says_which_and_why(send: Any, cli: Any) -> None:
    send()
    assert cli("pause", "--rule", "confirm", "--reason", "giá sai").returncode == 0
    last = cli("explain", "DH-1").stdout.splitlines()[-1]
    assert "“confirm”" in last and "giá sai" in last


def test_an_unsure_call_needs_a_person_and_says_which_id_to_look_for(
    stage: Stage, send: Any, cli: Any, now: datetime
) -> None:
    stage.vbot.fault("reset_after")
    send()
    stage.dial(now)
    (attempt,) = stage.call()["attempts"]
    last = cli("explain", "DH-1", "--lang", "en").stdout.splitlines()[-1]
    assert stage.call()["state"] == "unsure"
    assert f"A person must look for {attempt['external_call_id']}" in last
    assert f"python -m bridge resolve {stage.call()['id']}" in last
    assert cli("resolve", str(stage.call()["id"]), "--leave", "--reason", "thử").returncode == 0
    assert "python -m bridge resolve" not in cli("explain", "DH-1", "--lang", "en").stdout


def test_a_due_call_that_waits_for_vbot_to_work_again_says_so(stage: Stage, send: Any, cli: Any, now: datetime) -> None:
    stage.vbot.fault("expired_token", times=1)
    send()
    stage.dial(now)
    send(2)
    assert "Calls are stopped because VBot fails (token_refused)" in cli("explain", "DH-2", "--lang", "en").stdout


def test_a_skipped_order_says_why_and_that_nothing_more_comes(send: Any, cli: Any) -> None:
    send(phone="0900")
    told = cli("explain", "DH-1", "--lang", "en").stdout
    assert "the phone number is wrong" in told
    assert told.splitlines()[-1] == "  Nothing more: no call is waiting."


@ON_BOTH
def test_an_order_that_two_sources_share_is_told_for_each(send: Any, cli: Any, listed: Any) -> None:
    send(source="shop")
    send(source="other", id="id-9")
    assert [story["source"] for story in listed("explain", "DH-1")["items"]] == ["other", "shop"]
    assert [story["source"] for story in listed("explain", "DH-1", "--source", "other")["items"]] == ["other"]


def test_the_json_of_a_story_holds_the_contracts_shapes_and_what_is_next(send: Any, listed: Any) -> None:
    send()
    answer = listed("explain", "DH-1")
    (story,) = answer["items"]
    assert answer["next"] is None
    assert story["deliveries"][0].keys() >= DELIVERY_KEYS and story["calls"][0].keys() >= CALL_KEYS
    assert story["next"]


def test_an_unknown_order_is_one_line_that_says_what_to_look_at(stage: Stage, error: Any, now: datetime) -> None:
    assert "no order has the id or number DH-7" in error(1, "explain", "DH-7")


def test_an_unknown_order_points_at_the_deliveries_that_were_refused(stage: Stage, error: Any, now: datetime) -> None:
    with stage.store.write() as conn:
        count_refusal(conn, "shop", "bad_signature", now)
    assert "1 deliveries were refused" in error(1, "explain", "DH-7")
    assert "refused" not in error(1, "explain", "DH-7", "--source", "other")


def test_an_order_that_is_not_decided_yet_is_not_called_unknown_without_a_word_of_that(send: Any, error: Any) -> None:
    assert "not decided yet" not in error(1, "explain", "DH-1")
    send(decide=False)
    told = error(1, "explain", "DH-1")
    assert "or it is in a delivery that is stored and not decided yet" in told and "--state stored" in told
    assert "not decided yet" not in error(1, "explain", "DH-1", "--source", "other")


@pytest.mark.parametrize("command", [["explain", "DH-1"], ["deliveries"], ["calls"]])
def test_an_unknown_source_is_named_with_the_nearest(stage: Stage, error: Any, command: list[str]) -> None:
    assert "did you mean shop?" in error(1, *command, "--source", "shpo")


@ON_BOTH
def test_deliveries_are_listed_newest_first_in_the_contracts_shape(send: Any, listed: Any) -> None:
    send(1)
    send(1)
    send(2)
    answer = listed("deliveries")
    newer, older = answer["items"]
    assert answer["next"] is None
    assert newer.keys() >= DELIVERY_KEYS
    assert (older["repeats"], older["state"], older["source"]) == (1, "decided", "shop")
    assert older["events"] == [{"topic": "order.created", "order_id": "id-1"}]
    (decision,) = older["decisions"]
    assert (decision["rule"], decision["decision"], decision["reason"]) == ("confirm", "call", "wanted")
    assert decision["sentence"] and decision["call_id"]


@ON_BOTH
def test_calls_are_listed_newest_first_in_the_contracts_shape(
    stage: Stage, send: Any, listed: Any, now: datetime
) -> None:
    send(1)
    stage.dial(now)
    send(2)
    newer, older = listed("calls")["items"]
    assert older.keys() >= CALL_KEYS
    assert (newer["order_number"], newer["state"], newer["phone"]) == ("DH-2", "waiting", "09••••••02")
    (attempt,) = older["attempts"]
    assert attempt.keys() >= {"external_call_id", "started_at", "ended_at", "outcome", "detail"}
    assert listed("calls", "--show-phones")["items"][0]["phone"] == "0900000002"


@ON_BOTH
def test_lists_can_be_filtered_by_all_that_the_contract_names(
    stage: Stage, send: Any, listed: Any, now: datetime
) -> None:
    send(1)
    stage.dial(now)
    send(2, source="other")
    send(3, decide=False)

    def orders(*words: str) -> list[str]:
        return [call["order_number"] for call in listed("calls", *words)["items"]]

    assert orders("--source", "other") == ["DH-2"]
    assert orders("--state", "placed") == ["DH-1"]
    assert orders("--order", "id-2") == ["DH-2"]
    assert orders("--since", "1h") == ["DH-2", "DH-1"]
    assert orders("--since", (now + timedelta(hours=1)).isoformat()) == []
    assert [found["state"] for found in listed("deliveries", "--state", "stored")["items"]] == ["stored"]
    assert [found["source"] for found in listed("deliveries", "--source", "other")["items"]] == ["other"]
    assert len(listed("deliveries", "--order", "DH-1")["items"]) == 1


@ON_BOTH
def test_one_sources_order_is_not_mixed_up_with_the_id_of_anothers(send: Any, listed: Any) -> None:
    send(1, source="shop", id="77", number="500")
    send(2, source="other", id="500", number="900")
    send(3, source="other", id="77", number="901")
    assert {call["order_number"] for call in listed("calls", "--order", "500")["items"]} == {"500", "900"}
    found = listed("deliveries", "--order", "500")["items"]
    assert {(one["source"], one["events"][0]["order_id"]) for one in found} == {("shop", "77"), ("other", "500")}


def test_a_long_list_goes_on_at_its_cursor(send: Any, listed: Any, cli: Any) -> None:
    for number in (1, 2, 3):
        send(number)
    for command in ("calls", "deliveries"):
        first = listed(command, "--limit", 2)
        second = listed(command, "--limit", 2, "--cursor", first["next"])
        assert [len(page["items"]) for page in (first, second)] == [2, 1]
        assert second["next"] is None
        assert f"--cursor {first['next']}" in cli(command, "--limit", 2).stdout


def test_the_tables_show_nothing_personal_but_a_masked_phone(send: Any, cli: Any) -> None:
    send()
    for command in ("calls", "deliveries"):
        table = cli(command).stdout
        assert NAME not in table and PHONE not in table
        assert len(table.splitlines()) == 2
    assert MASKED in cli("calls").stdout and PHONE in cli("calls", "--show-phones").stdout


def test_a_shops_text_cannot_steer_the_terminal(send: Any, cli: Any) -> None:
    send(number="\x1b[2JDH")
    for command in (["calls"], ["explain", "id-1"]):
        told = cli(*command)
        assert "DH" in told.stdout and "\x1b" not in told.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("calls --state lost", "lost"),
        ("deliveries --state waiting", "waiting"),
        ("calls --limit 0", "--limit"),
        ("calls --limit 201", "--limit"),
        ("calls --cursor x", "--cursor"),
        ("explain", "ORDER"),
        ("explain 1 --lang fr", "fr"),
        ("deliveries --ack 1", "--reason"),
        ("deliveries --reason x", "--ack"),
        ("deliveries --ack 0 --reason x", "--ack"),
    ],
)
def test_a_wrong_call_says_what_to_write(wrong: Any, words: str, says: str) -> None:
    assert says in wrong(*words.split())


@pytest.mark.parametrize("since", ["yesterday", "", "2026-11-23T08:00:00", "9999999999d"])
def test_a_span_that_is_none_is_a_wrong_call(error: Any, since: str) -> None:
    assert "24h" in error(2, "calls", "--since", since)


@ON_BOTH
def test_the_table_names_the_topic_of_a_message_that_is_not_read(stage: Stage, cli: Any, now: datetime) -> None:
    stage.send("shipment.sent" + "!" * 1000, {"id": "1"}, now)
    stage.decide(now)
    (line,) = cli("deliveries", "--state", "ignored").stdout.splitlines()[1:]
    assert " shipment.sent!!" in line and line.endswith("unknown_topic") and len(line) < 250


def test_the_table_says_what_in_a_delivery_cannot_be_read(stage: Stage, send: Any, cli: Any, now: datetime) -> None:
    send(total={"amount": "350000"})
    line = cli("deliveries", "--state", "failed").stdout.splitlines()[-1]
    problem = "is not an amount, or may mean two: write digits, and a point before decimals"
    assert line.endswith(f"bad_payload: /order/total: {problem}")


def test_a_delivery_that_cannot_be_read_can_be_acknowledged_with_a_reason(
    stage: Stage, cli: Any, listed: Any, now: datetime
) -> None:
    stage.send_body(b"{", now)
    stage.decide(now)
    (failed,) = listed("deliveries", "--state", "failed")["items"]
    assert listed("balance")["unexplained"]["failed_deliveries"] == 1
    for _ in range(2):
        assert cli("deliveries", "--ack", failed["id"], "--reason", "test of the shop").returncode == 0
    assert listed("balance")["unexplained_total"] == 0
    assert listed("deliveries")["items"][0]["acknowledged_at"]


def test_only_a_failed_delivery_can_be_acknowledged(send: Any, error: Any) -> None:
    send()
    assert "is decided" in error(1, "deliveries", "--ack", 1, "--reason", "x")
    assert "no delivery has the id 99" in error(1, "deliveries", "--ack", 99, "--reason", "x")


@ON_BOTH
@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("vi", ["order.total (85.000) >= 100.000: không", "order.payment.cod (false): không"]),
        ("en", ["order.total (85,000) >= 100,000: no", "order.payment.cod (false): no"]),
    ],
)
def test_a_condition_that_is_not_met_is_shown_with_its_values(
    stage: Stage, send: Any, cli: Any, language: str, says: list[str]
) -> None:
    stage.apply(
        {
            "rule": "confirm",
            "template": "CONFIRM",
            "on": ["order.created"],
            "when": "order.total >= 100000 and order.payment.cod and order.currency == 'VND'",
        }
    )
    send(total="85000", payment={"cod": False, "paid": False})
    told = [line.strip() for line in cli("explain", "DH-1", "--lang", language).stdout.splitlines()]
    assert [line for line in told if "order." in line and ": " in line and "[" not in line and "→" not in line] == says


def test_where_the_phone_comes_from_is_shown_and_what_was_passed_over(
    stage: Stage, send: Any, cli: Any, listed: Any
) -> None:
    stage.apply(
        {"rule": "confirm", "template": "CONFIRM", "on": ["order.created"], "to": ["shipping.phone", "order.phone"]}
    )
    send(phone="0912345678", shipping={"phone": "0912****78"})
    (decision,) = listed("explain", "DH-1")["items"][0]["deliveries"][0]["decisions"]
    assert decision["phone_from"] == "order.phone"
    assert decision["passed"][0] == {"path": "shipping.phone", "reason": "phone_masked"}
    vietnamese, english = cli("explain", "DH-1").stdout, cli("explain", "DH-1", "--lang", "en").stdout
    assert "số gọi lấy từ order.phone; bỏ qua shipping.phone (" in vietnamese
    assert "the number is that of order.phone; passed over: shipping.phone (" in english


def test_of_an_order_without_a_number_each_path_says_why(send: Any, listed: Any, cli: Any) -> None:
    send(phone="0900")
    (decision,) = listed("explain", "DH-1")["items"][0]["deliveries"][0]["decisions"]
    assert decision["phone_from"] is None
    assert {"path": "order.phone", "reason": "phone_impossible"} in decision["passed"]
    assert "order.phone (the phone number is wrong" in cli("explain", "DH-1", "--lang", "en").stdout
