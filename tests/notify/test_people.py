"""People are told: by real servers of each channel, bundled, not at night, once, and never of persons."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bridge.fake_vbot import FakeVBot
from bridge.notify.people import Teller, say_test, tell_people
from bridge.store import Store, make_seal
from bridge.store.configuration.outline import read_outline
from bridge.store.notify.receivers import Receiver, claim_receiver, find_receiver, write_receiver
from bridge.store.operation.alarms import close_alarm, list_alarms, open_alarm
from bridge.store.reports.balance import read_balance
from tests.certificates import server_context
from tests.notify.messengers import TELEGRAM_TOKEN, Mailbox, Messengers, mailbox, messengers
from tests.stage import NOW, RULE, Stage, later, order

SEAL = make_seal(("k" * 32,))
NIGHT = later(hours=13)  # 23:00 in Vietnam


@pytest.fixture
def chats() -> Iterator[Messengers]:
    with messengers() as running:
        yield running


@pytest.fixture
def mails() -> Iterator[Mailbox]:
    with mailbox() as running:
        yield running


def add(store: Store, document: dict[str, Any], name: str = "shop") -> None:
    with store.write() as conn:
        write_receiver(conn, SEAL, "channel", {"channel": name, **document}, {"channel": name, **document}, NOW)


def tell(store: Store, seconds: float = 0, **span: float) -> int:
    return tell_people(Teller(store, SEAL, time.monotonic), later(seconds, **span))


def begin(store: Store, key: str, seconds: float = 0, **facts: Any) -> None:
    with store.write() as conn:
        open_alarm(conn, key, facts, later(seconds))


def end(store: Store, key: str, seconds: float) -> None:
    with store.write() as conn:
        close_alarm(conn, key, later(seconds))


def alarms(store: Store) -> list[str]:
    with store.read() as conn:
        return [alarm["key"] for alarm in list_alarms(conn)]


def channel(store: Store, name: str = "shop") -> Receiver:
    with store.read() as conn:
        found = find_receiver(conn, "channel", name)
    assert found is not None
    return found


def test_the_first_alarm_is_told_at_once_and_the_next_are_bundled(store: Store, chats: Messengers) -> None:
    add(store, chats.telegram())
    begin(store, "unsure", calls=3)
    assert (tell(store), tell(store, 10)) == (1, 0)
    begin(store, "poll_failing:lan", 20, source="lan", failures=5)
    begin(store, "webhook_off:crm", 30, webhook="crm", error="410")
    end(store, "unsure", 60)
    begin(store, "drift", 70, entries=["rule a"])
    end(store, "drift", 80)
    assert [tell(store, seconds) for seconds in (90, 599, 600, 610, 4000)] == [0, 0, 1, 0, 0]
    first, second = chats.heard
    assert first.splitlines()[0] == "VBot Bridge: 1 cảnh báo mới, 0 đã hết"
    assert "CẢNH BÁO lúc 10:00 23/11: 3 cuộc gọi chưa rõ đã gọi hay chưa." in first
    assert "Cần làm: mở trang của từng đơn chưa rõ; hoặc chạy: python -m bridge calls --state unsure" in first
    assert second.splitlines()[0] == "VBot Bridge: 2 cảnh báo mới, 2 đã hết"
    assert "ĐÃ HẾT lúc 10:01 23/11: 3 cuộc gọi chưa rõ" in second
    assert "(từ 10:01 23/11)" in second


def test_what_loses_money_is_bundled_for_a_minute_alone(store: Store, chats: Messengers) -> None:
    add(store, {**chats.slack(), "language": "en"})
    begin(store, "records_differ")
    tell(store)
    begin(store, "no_worker", 5)
    assert [tell(store, seconds) for seconds in (10, 59, 60)] == [0, 0, 1]
    assert "ALARM at 10:00 23/11: no worker beats: nobody is called." in chats.heard[1]


def test_at_night_only_what_loses_money_is_told_and_the_rest_in_the_morning(store: Store, chats: Messengers) -> None:
    add(store, chats.zalo())
    night = (NIGHT - NOW).total_seconds()
    begin(store, "records_differ", night)
    begin(store, "low_balance", night, balance=900)
    assert (tell(store, night), tell(store, night + 3600)) == (1, 0)
    assert "900 đồng" in chats.heard[0] and "lịch sử cuộc gọi" not in chats.heard[0]
    end(store, "low_balance", night + 7200)
    assert [tell(store, hours=hours) for hours in (15.1, 20.9, 21)] == [1, 0, 1]
    assert "ĐÃ HẾT" in chats.heard[1]
    assert "lịch sử cuộc gọi của VBot" in chats.heard[2]
    add(store, {**chats.zalo(), "quiet": False})
    begin(store, "template_changed", night, template="T", rules=["a"])
    assert tell(store, hours=37) == 1


def test_a_new_channel_tells_what_is_open_and_nothing_of_the_past(store: Store, chats: Messengers) -> None:
    begin(store, "unsure", -7200, calls=1)
    begin(store, "drift", -7200, entries=["x"])
    end(store, "drift", -3600)
    add(store, chats.telegram())
    add(store, {**chats.slack(), "alarms": False}, "quiet-one")
    add(store, {**chats.slack(), "enabled": False}, "off")
    assert (tell(store), len(chats.heard)) == (1, 1)
    assert "chưa rõ" in chats.heard[0] and "drift" not in chats.heard[0]


def test_many_alarms_are_one_short_message(store: Store, chats: Messengers) -> None:
    add(store, chats.zalo())
    for number in range(60):
        begin(store, f"source_silent:shop-{number}", source=f"shop-{number}")
    assert (tell(store), len(chats.heard)) == (1, 1)
    assert len(chats.heard[0]) <= 2000
    assert tell(store, 3600) == 0


@pytest.mark.parametrize(
    ("kind", "fault", "error", "rest"),
    [
        ("telegram", "flood", "429", 60),
        ("telegram", "kicked", "refused: 403", 3600),
        ("telegram", "down", "502", 60),
        ("slack", "flood", "429", 60),
        ("slack", "archived", "refused: 410", 3600),
        ("slack", "lost", "refused: 404", 3600),
        ("zalo", "401", "refused: error 401", 3600),
        ("zalo", "500", "error 500", 60),
        ("zalo", "429", "error 429", 60),
        ("zalo", "http 429", "429", 60),
        ("zalo", "http 401", "refused: 401", 3600),
        ("zalo", "http 500", "500", 60),
    ],
)
def test_a_channel_that_fails_rests_and_is_told_of_by_the_others(
    store: Store, chats: Messengers, mails: Mailbox, kind: str, fault: str, error: str, rest: float
) -> None:
    add(store, getattr(chats, kind)())
    begin(store, "unsure", calls=1)
    chats.faults = [fault]
    assert (tell(store), channel(store).error) == (0, error)
    refused = error.startswith("refused")
    assert alarms(store) == ["unsure", *(["channel_failing:shop"] if refused else [])]
    add(store, mails.channel(), "mail")
    assert tell(store, 1) == 1
    assert (f"kênh báo shop không gửi được ({error})" in str(mails.mails[0].get_content())) is refused
    assert (tell(store, rest - 1), chats.heard) == (0, [])
    assert tell(store, rest) >= 1
    assert len(chats.heard) == 1
    assert "kênh báo" not in chats.heard[0]  # of itself it says nothing
    tell(store, rest + 1)
    assert "channel_failing:shop" not in alarms(store)


def test_one_that_never_answers_is_told_of_after_a_quarter_of_an_hour(store: Store, chats: Messengers) -> None:
    add(store, {**chats.telegram(api_url="http://127.0.0.1:9")})
    begin(store, "unsure", calls=1)
    opened = {}
    for minutes in (0, 5, 14, 40):
        tell(store, minutes=minutes)
        opened[minutes] = "channel_failing:shop" in alarms(store)
    assert opened == {0: False, 5: False, 14: False, 40: True}


def test_a_group_that_moved_is_followed_and_its_new_id_kept(store: Store, chats: Messengers) -> None:
    add(store, chats.telegram(chat_id="-55"))
    begin(store, "unsure", calls=1)
    chats.faults = ["moved"]
    assert (tell(store), len(chats.heard)) == (1, 1)
    begin(store, "drift", 10, entries=[])
    assert tell(store, 3600) == 1
    assert channel(store).learned == {"chat_id": "-1001"}


def test_two_workers_tell_once_and_a_killed_one_tells_again(store: Store, chats: Messengers) -> None:
    add(store, chats.telegram())
    begin(store, "unsure", calls=1)
    with store.write() as conn:
        assert claim_receiver(conn, "channel", "shop", NOW, later(90))  # and is killed
    assert [tell(store, seconds) for seconds in (1, 89, 90)] == [0, 0, 1]


def test_mail_has_one_id_for_each_try_and_no_header_of_a_fact(store: Store, mails: Mailbox) -> None:
    add(store, mails.channel())
    begin(store, "source_silent:x", source="lan\r\nBcc: thief@example.test")
    mails.faults = {"DATA": "drop"}  # behind the last dot: nobody knows
    assert (tell(store), channel(store).error) == (0, "closed")
    mails.faults = {}
    mails.faults = {"QUIT": "500 what"}
    assert tell(store, 60) == 1
    first, second = mails.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert (second["To"], second["Bcc"]) == ("shop@example.test", None)
    assert second["Subject"] == "VBot Bridge: 1 cảnh báo mới, 0 đã hết"
    assert "im lặng lâu hơn thường lệ" in str(second.get_content())


@pytest.mark.parametrize(
    ("faults", "more", "error"),
    [
        ({"EHLO": "421 later", "HELO": "421 later"}, {}, "421"),
        ({"MAIL": "451 greylisted"}, {}, "451"),
        ({"RCPT": "550 no such user"}, {}, "refused: 550"),
        ({}, {"to": ["nobody@example.test"]}, "refused: 550"),
        ({"DATA": "554 no"}, {}, "refused: 554"),
        ({}, {"username": "u", "password": "p"}, "refused: not_supported"),
        ({}, {"tls": "starttls"}, "refused: not_supported"),
        ({}, {"server": "localhost:9"}, "connect_failed"),
    ],
)
def test_what_a_mail_server_says_is_believed(
    store: Store, mails: Mailbox, faults: dict[str, str], more: dict[str, Any], error: str
) -> None:
    add(store, mails.channel(**more))
    begin(store, "unsure", calls=1)
    mails.faults = faults
    assert (tell(store), channel(store).error) == (0, error)


def test_mail_is_encrypted_before_anything_is_said_and_only_for_whom_we_trust(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mailbox(server_context(tmp_path)) as box:
        add(store, box.channel(server=f"127.0.0.1:{box.port}", tls="starttls"))
        begin(store, "unsure", calls=1)
        assert (tell(store), channel(store).error, box.mails) == (0, "refused: tls_failed", [])
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        assert (tell(store, 3600), box.encrypted) == (1, [True])


def test_a_summary_is_sent_once_a_day_and_agrees_with_the_balance(
    store: Store, vbot: FakeVBot, chats: Messengers
) -> None:
    rule = {**RULE, "cooldown": 0, "when": "order.payment.cod"}
    shown = {"channel": "shop", **chats.telegram(), "daily": "10:30", "alarms": False}
    stage = Stage(store, vbot, rule, notify=[shown])
    stage.send("order.created", order(1))
    stage.send("order.created", order(2))
    stage.send("order.created", order(3, payment={"cod": False, "paid": False}))
    stage.run()
    day = 24 * 60
    assert [tell(store, minutes=minutes) for minutes in (29, 30, 31, 120, day + 29, day + 31)] == [0, 1, 0, 0, 0, 1]
    with store.read() as conn:
        balance = read_balance(conn, later(minutes=30, days=-1), read_outline(conn).topics(), later(minutes=30))
    first, second = chats.heard
    assert (balance["orders"]["called"], balance["orders"]["skipped"], balance["total"]) == (2, 1, 3)
    assert first.splitlines()[0] == "VBot Bridge: tổng kết 23/11: 3 đơn (10:30 22/11 – 10:30 23/11)"
    assert "đã gọi: 2\n" in first and "không gọi: 1\n" in first and "không rõ lý do: 0" in first
    assert "0 đơn" in second.splitlines()[0]
    assert "09000" not in first + second
    assert tell(store, minutes=3 * day + 30 + 361) == 0  # nobody was there in time: the next one tells more


def test_a_test_is_said_at_once_and_tells_what_is_wrong(store: Store, chats: Messengers) -> None:
    add(store, {**chats.telegram(token="wrong"), "language": "en"})
    teller = Teller(store, SEAL, time.monotonic)
    assert say_test(teller, channel(store), NOW).detail == "404"
    add(store, {**chats.telegram(), "language": "en"})
    assert say_test(teller, channel(store), NOW).is_taken
    assert chats.heard == ["A test of VBot Bridge: this channel gets alarms and the daily summary."]
    local = {**chats.telegram(), "allow_private_addresses": False}
    add(store, local)
    assert say_test(teller, channel(store), NOW + timedelta(seconds=1)).detail == "address_refused"


def test_a_token_is_sealed_and_in_no_line(store: Store, chats: Messengers, caplog: pytest.LogCaptureFixture) -> None:
    add(store, chats.telegram())
    begin(store, "unsure", calls=1)
    chats.faults = ["down"]
    tell(store)
    assert "channel not taken channel=shop detail=502" in caplog.text
    assert TELEGRAM_TOKEN not in caplog.text + channel(store).sealed
