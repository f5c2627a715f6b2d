"""Every setting: its default, what it takes, and the one line that a wrong one gets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.core.model import BadSetting
from bridge.settings import BY_NAME, Setting, read_config, wrong_settings
from bridge.settings import SETTINGS as REGISTRY
from bridge.vbot import Account
from tests.contract import SETTINGS

KEY = "k" * 32
VBOT = {
    "VBOT_URL": "https://vbot.example.test/api",
    "VBOT_TOKEN": "a-token",
    "VBOT_ID": "vbot-1",
    "VBOT_PROJECT_CODE": "SHOP",
}


def wrong(**settings: str) -> str:
    """The one line for these settings, beside a good key."""
    with pytest.raises(BadSetting) as refused:
        read_config({"BRIDGE_SECRET_KEY": KEY, **settings})
    line = str(refused.value)
    assert "\n" not in line
    return line


def test_the_registry_holds_every_promised_setting_that_is_read_and_says_what_it_means() -> None:
    coming = {"CONSOLE_PASSWORD"}
    assert set(SETTINGS) - coming <= BY_NAME.keys()
    assert len(BY_NAME) == len(REGISTRY)
    for setting in REGISTRY:
        assert all(setting.means) and setting.means[0] != setting.means[1], setting.name
        assert not any("|" in text or "\n" in text for text in setting.means), setting.name
        assert setting.read_by, setting.name
        assert not (setting.needed and setting.default), setting.name


@pytest.mark.parametrize("setting", REGISTRY, ids=lambda setting: setting.name)
def test_a_default_is_a_value_that_the_setting_takes(setting: Setting) -> None:
    if setting.needed:
        assert wrong_settings({})[0].args[0].startswith(setting.name)
    else:
        assert setting.read({}) == setting.read({setting.name: setting.default})


def test_every_wrong_setting_is_named_not_only_the_first() -> None:
    found = wrong_settings({"PORT": "many", "LOG_LEVEL": "LOUD", "BRIDGE_SECRET_KEY": KEY})
    assert [str(wrong).split()[0] for wrong in found] == ["PORT", "LOG_LEVEL"]
    together = wrong_settings({**VBOT, "VBOT_ID": "", "VBOT_PROJECT_CODE": "", "BRIDGE_SECRET_KEY": KEY})
    assert [str(wrong).split()[0] for wrong in together] == ["VBOT_ID", "VBOT_PROJECT_CODE"]
    assert wrong_settings({"BRIDGE_SECRET_KEY": KEY}) == []


@pytest.mark.parametrize("name", ["PORT", "LOG_LEVEL", "VBOT_API", "DATABASE_URL", "ALARM_URL", "VBOT_TRUST_SILENCE"])
def test_a_wrong_setting_is_named_in_vietnamese_too(name: str) -> None:
    (refused,) = wrong_settings({"BRIDGE_SECRET_KEY": KEY, name: "?"})
    assert refused.vietnamese.startswith(f"{name} ")
    assert refused.vietnamese != str(refused)


@pytest.mark.parametrize(("text", "language"), [("", None), ("vi", "vi"), ("en", "en")])
def test_the_language_of_the_commands_may_be_left_out(text: str, language: str | None) -> None:
    assert read_config({"BRIDGE_SECRET_KEY": KEY, "BRIDGE_LANG": text}).language == language
    assert wrong(BRIDGE_LANG="fr") == "BRIDGE_LANG must be vi or en"


def test_one_setting_is_enough_and_all_others_have_their_defaults() -> None:
    config = read_config({"BRIDGE_SECRET_KEY": KEY})
    assert config.database_url == "sqlite:///bridge.db"
    assert config.secret_keys == (KEY,)
    assert (config.port, config.web_concurrency, config.worker_threads) == (8000, 2, 16)
    assert (config.account, config.hotline, config.api_token, config.max_calls_per_day) == (None, None, None, None)
    assert (config.config_files, config.log_level) == ((), "INFO")
    assert config.max_calls_per_phone == 3
    assert (config.alarm_url, config.retention_days) == (None, None)


def test_every_setting_is_read() -> None:
    config = read_config(
        {
            **VBOT,
            "DATABASE_URL": "postgres://shop@db.example.test/bridge",
            "PORT": "5000",
            "WEB_CONCURRENCY": "3",
            "WORKER_THREADS": "8",
            "VBOT_API": "v1",
            "VBOT_USERNAME": "name",
            "VBOT_PASSWORD": "word",
            "VBOT_HOTLINE": "0812345678",
            "BRIDGE_SECRET_KEY": KEY,
            "API_TOKEN": "api-token",
            "BRIDGE_CONFIG": "config/shops.yaml,config/rules.yaml  config/more.json",
            "MAX_CALLS_PER_DAY": "500",
            "MAX_CALLS_PER_PHONE": "5",
            "RETENTION_DAYS": "90",
            "ALARM_URL": "https://pager.example.test/a?key=1",
            "LOG_LEVEL": "debug",
        }
    )
    assert config.database_url == "postgres://shop@db.example.test/bridge"
    assert (config.port, config.web_concurrency, config.worker_threads) == (5000, 3, 8)
    assert config.account == Account(
        url="https://vbot.example.test/api",
        generation="v1",
        token="a-token",
        username="name",
        password="word",
        vbot_id="vbot-1",
        project_code="SHOP",
    )
    assert (config.hotline, config.api_token, config.max_calls_per_day) == ("0812345678", "api-token", 500)
    assert config.max_calls_per_phone == 5
    assert config.config_files == ("config/shops.yaml", "config/rules.yaml", "config/more.json")
    assert (config.retention_days, config.alarm_url) == (90, "https://pager.example.test/a?key=1")
    assert config.log_level == "DEBUG"


def test_an_empty_setting_is_one_that_is_not_set() -> None:
    blank = read_config({**dict.fromkeys(BY_NAME, "  "), "BRIDGE_SECRET_KEY": KEY})
    unset = read_config({"BRIDGE_SECRET_KEY": KEY})
    assert replace(blank, environment={}) == replace(unset, environment={})


def test_settings_that_a_file_ended_with_a_line_break_are_taken_without_it() -> None:
    config = read_config({"BRIDGE_SECRET_KEY": f"{KEY}\n", "PORT": " 5000\r\n"})
    assert (config.secret_keys, config.port) == ((KEY,), 5000)


@pytest.mark.parametrize("scheme", ["sqlite:///", "postgres://", "postgresql://"])
def test_each_spelling_of_a_database_is_taken(scheme: str) -> None:
    assert read_config({"BRIDGE_SECRET_KEY": KEY, "DATABASE_URL": f"{scheme}x"}).database_url == f"{scheme}x"


def test_a_name_and_a_password_do_instead_of_a_token() -> None:
    settings = {**VBOT, "VBOT_TOKEN": "", "VBOT_USERNAME": "name", "VBOT_PASSWORD": "word"}
    account = read_config({"BRIDGE_SECRET_KEY": KEY, **settings}).account
    assert account is not None
    assert (account.token, account.username, account.password) == (None, "name", "word")


def test_several_keys_are_read_in_their_order() -> None:
    old, new = "o" * 32, "n" * 40
    assert read_config({"BRIDGE_SECRET_KEY": f" {new} , {old},"}).secret_keys == (new, old)


def test_a_key_of_32_characters_of_any_kind_is_long_enough() -> None:
    key = "bí mật của cửa hàng, không".replace(",", "") + "x" * 7
    assert len(key) == 32
    assert read_config({"BRIDGE_SECRET_KEY": key}).secret_keys == (key,)


@pytest.mark.parametrize("key", ["", " ", ",", "k" * 31, f"{KEY},short", f"{KEY[:16]},{KEY[16:]}"])
def test_a_key_that_is_missing_or_short_stops_the_start_and_is_not_shown(key: str) -> None:
    with pytest.raises(BadSetting) as refused:
        read_config({"BRIDGE_SECRET_KEY": key})
    line = str(refused.value)
    assert line.startswith("BRIDGE_SECRET_KEY ")
    assert "32 characters or more" in line
    assert "kkk" not in line


def test_sqlite_on_a_dyno_stops_the_start_for_its_disk_forgets() -> None:
    for url in ("", "sqlite:///bridge.db"):
        line = wrong(DYNO="web.1", DATABASE_URL=url)
        assert line.startswith("DATABASE_URL ") and "Postgres" in line
    postgres = {"BRIDGE_SECRET_KEY": KEY, "DYNO": "web.1", "DATABASE_URL": "postgres://shop@db.example.test/bridge"}
    assert read_config(postgres).database_url == postgres["DATABASE_URL"]


@pytest.mark.parametrize("url", ["bridge.db", "mysql://shop@db.example.test/x", "sqlite://bridge.db", "postgres:/x"])
def test_a_database_of_another_kind_is_told_what_to_write(url: str) -> None:
    assert wrong(DATABASE_URL=url) == "DATABASE_URL must begin with sqlite:///, postgres:// or postgresql://"


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("PORT", 65535),
        ("WEB_CONCURRENCY", 64),
        ("WORKER_THREADS", 256),
        ("MAX_CALLS_PER_DAY", 10**9),
        ("MAX_CALLS_PER_PHONE", 10**9),
        ("RETENTION_DAYS", 36500),
    ],
)
@pytest.mark.parametrize("value", ["-1", "1.5", "many", "٣", "1e3", "0x10", "9" * 12, "9" * 5000, "1 000"])
def test_a_number_that_is_none_is_named_with_what_it_may_be(name: str, most: int, value: str) -> None:
    line = wrong(**{name: value})
    assert line.startswith(f"{name} must be a whole number from ")
    assert line.endswith(f" to {most}")


@pytest.mark.parametrize("name", ["PORT", "WEB_CONCURRENCY", "WORKER_THREADS", "MAX_CALLS_PER_PHONE"])
def test_nought_is_no_port_process_or_thread(name: str) -> None:
    assert wrong(**{name: "0"}).startswith(f"{name} must be a whole number from 1 to ")


def test_a_log_level_that_is_none_is_told_which_there_are() -> None:
    assert wrong(LOG_LEVEL="LOUD") == "LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR"


@pytest.mark.parametrize("generation", ["v4", "V1", "1", "v3 old"])
def test_a_generation_that_is_none_is_told_which_there_are(generation: str) -> None:
    assert wrong(**VBOT, VBOT_API=generation) == "VBOT_API must be one of v1, v2, v3"


@pytest.mark.parametrize("generation", ["v1", "v2", "v3"])
def test_each_generation_of_vbot_can_be_chosen(generation: str) -> None:
    account = read_config({"BRIDGE_SECRET_KEY": KEY, **VBOT, "VBOT_API": generation}).account
    assert account is not None
    assert (account.generation, account.v3_paths) == (generation, "new")


def test_the_deprecated_paths_of_v3_can_be_chosen_and_no_others() -> None:
    account = read_config({"BRIDGE_SECRET_KEY": KEY, **VBOT, "VBOT_API": "v3", "VBOT_V3_PATHS": "old"}).account
    assert account is not None
    assert account.v3_paths == "old"
    for paths in ("OLD", "both", "1"):
        assert wrong(**VBOT, VBOT_API="v3", VBOT_V3_PATHS=paths) == "VBOT_V3_PATHS must be new or old"


def test_a_key_is_all_that_v3_needs_and_nothing_else_will_do() -> None:
    settings = {"VBOT_URL": VBOT["VBOT_URL"], "VBOT_API": "v3"}
    account = read_config({"BRIDGE_SECRET_KEY": KEY, **settings, "VBOT_TOKEN": "a-key"}).account
    assert account == Account(VBOT["VBOT_URL"], "v3", token="a-key")
    named = wrong(**settings, VBOT_USERNAME="name", VBOT_PASSWORD="word")
    assert named.startswith("VBOT_TOKEN is not set: with VBOT_API=v3")


@pytest.mark.parametrize(
    "url",
    [
        "vbot.example.test",
        "ftp://vbot.example.test",
        "https://",
        "https:///path",
        "http://[::1",
        "https://vbot.example.test:99999",
        "https://vbot.example.test:port",
        "https://vbot.example.test/api?key=1",
        "https://vbot.example.test/api?",
        "https://vbot.example.test/api#part",
        "https://name:word@vbot.example.test/api",
        "https://vbot.example.test/a b",
    ],
)
def test_an_address_of_vbot_that_cannot_be_one_is_told_what_to_write(url: str) -> None:
    line = wrong(**{**VBOT, "VBOT_URL": url})
    assert line.startswith("VBOT_URL must be an address such as https://")
    assert "word" not in line


@pytest.mark.parametrize("url", ["pager.example.test", "http://[::1", "https://pager.example.test:port", "ftp://a/b"])
def test_an_address_for_alarms_that_cannot_be_one_is_told_what_to_write(url: str) -> None:
    assert wrong(ALARM_URL=url) == "ALARM_URL must be an address such as https://host/path"


def test_vbot_without_credentials_is_told_which() -> None:
    none = wrong(**{**VBOT, "VBOT_TOKEN": ""})
    assert none.startswith("VBOT_TOKEN is not set") and "VBOT_USERNAME and VBOT_PASSWORD" in none
    assert wrong(**{**VBOT, "VBOT_TOKEN": "", "VBOT_USERNAME": "name"}) == none


@pytest.mark.parametrize("name", ["VBOT_ID", "VBOT_PROJECT_CODE"])
@pytest.mark.parametrize("generation", ["v1", "v2"])
def test_vbot_without_an_identity_is_told_which_setting_it_lacks(name: str, generation: str) -> None:
    line = wrong(**{**VBOT, "VBOT_API": generation, name: ""})
    assert line == f"{name} is not set: VBot needs it with VBOT_API={generation}"


@pytest.mark.parametrize("token", ["two\nlines", "not ascii é", "tab\ttab", "one two"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(token: str) -> None:
    line = wrong(**{**VBOT, "VBOT_TOKEN": token})
    assert line.startswith("VBOT_TOKEN ")
    assert token not in line


@given(
    st.dictionaries(st.sampled_from(list(BY_NAME)), st.text(max_size=40)),
)
@example({"VBOT_URL": "http://[", "VBOT_TOKEN": "t"})
def test_any_settings_at_all_are_read_or_refused_in_one_line(settings: Mapping[str, str]) -> None:
    try:
        read_config(settings)
    except BadSetting as refused:
        assert "\n" not in str(refused)


def test_a_configuration_shows_no_secret_of_its_own() -> None:
    settings = {**VBOT, "VBOT_PASSWORD": "word-of-vbot", "API_TOKEN": "api-token", "BRIDGE_SECRET_KEY": KEY}
    shown = repr(read_config(settings))
    assert not [secret for secret in (KEY, "a-token", "word-of-vbot", "api-token") if secret in shown]


def test_the_value_that_vbot_sends_back_is_one_that_a_header_can_hold() -> None:
    base = {"BRIDGE_SECRET_KEY": "k" * 32}
    assert read_config(base).webhook_auth is None
    assert read_config({**base, "VBOT_WEBHOOK_AUTH": " "}).webhook_auth is None
    assert read_config({**base, "VBOT_WEBHOOK_AUTH": "Bearer a b"}).webhook_auth == "Bearer a b"
    with pytest.raises(BadSetting, match="VBOT_WEBHOOK_AUTH"):
        read_config({**base, "VBOT_WEBHOOK_AUTH": "khóa"})


def test_silence_and_the_balance_s_alarm_are_off_unless_set() -> None:
    config = read_config({"BRIDGE_SECRET_KEY": KEY})
    assert (config.trust_silence, config.balance_alarm) == (None, None)
    config = read_config({"BRIDGE_SECRET_KEY": KEY, "VBOT_TRUST_SILENCE": "2h", "VBOT_BALANCE_ALARM": "500000"})
    assert (config.trust_silence, config.balance_alarm) == (timedelta(hours=2), 500_000)


@pytest.mark.parametrize("text", ["0", "59m", "two hours", "-2h"])
def test_a_silence_too_short_to_prove_anything_is_told_what_to_write(text: str) -> None:
    assert wrong(VBOT_TRUST_SILENCE=text).startswith("VBOT_TRUST_SILENCE must be a duration of at least 1h")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of a process whose environment holds nothing."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        monkeypatch.delenv(name)
    return tmp_path


def test_env_of_the_working_folder_is_read_and_the_environment_goes_before_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text(f"BRIDGE_SECRET_KEY={KEY}\nPORT=5000\nLAN_SECRET='a $b'\n", encoding="utf-8-sig")
    monkeypatch.setenv("PORT", "6000")
    config = read_config()
    assert (config.secret_keys, config.port, config.environment["LAN_SECRET"]) == ((KEY,), 6000, "a $b")
    assert BY_NAME["PORT"].read() == 6000
    assert wrong_settings() == []
    monkeypatch.setenv("PORT", "")
    assert read_config().port == 8000


def test_settings_that_are_given_are_all_there_are(folder: Path) -> None:
    (folder / ".env").write_text("PORT=5000\n")
    assert read_config({"BRIDGE_SECRET_KEY": KEY}).port == 8000


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"PORT=1\nwhat is this\n", ".env:2 cannot be read; write NAME=value"),
        (b"\xff\xfe", ".env cannot be read (UTF-8)"),
    ],
)
def test_an_env_that_cannot_be_read_is_one_line(folder: Path, content: bytes, line: str) -> None:
    (folder / ".env").write_bytes(content)
    with pytest.raises(BadSetting) as refused:
        read_config()
    assert str(refused.value).startswith(line)
    assert refused.value.vietnamese.startswith(".env")
    assert [str(wrong) for wrong in wrong_settings()] == [str(refused.value)]


def test_a_folder_that_is_called_so_is_none(folder: Path) -> None:
    (folder / ".env").mkdir()
    with pytest.raises(BadSetting, match="BRIDGE_SECRET_KEY is not set"):
        read_config()
