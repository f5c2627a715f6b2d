"""Every command speaks Vietnamese or English: by --lang, else by BRIDGE_LANG, else as it does by itself."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

import click
import pytest

from bridge.cli.main import bridge, main
from bridge.cli.shared.command import Command, Group, Option
from bridge.cli.shared.registry import list_entries
from bridge.core.model.texts import Text
from tests.cli.conftest import Cli


def commands(group: click.Group) -> Iterator[Command]:
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert isinstance(found, Command)
        yield found
        if isinstance(found, Group):
            yield from commands(found)


def texts() -> Iterator[tuple[str, Text]]:
    for command in commands(bridge):
        assert command.name is not None
        yield command.name, command.texts
        for option in command.params:
            if isinstance(option, Option):
                yield f"{command.name} {option.opts[0]}", option.texts


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["bridge", *words])
        with pytest.raises(SystemExit):
            main()
        return "".join(capsys.readouterr())

    return run


def test_every_help_is_in_both_languages() -> None:
    for name, (vietnamese, english) in texts():
        assert vietnamese and english and vietnamese != english, name
        assert unicodedata.is_normalized("NFC", vietnamese), name


def test_every_option_has_help() -> None:
    bare = [
        f"{command.name} {option.opts[0]}"
        for command in commands(bridge)
        for option in command.params
        if isinstance(option, click.Option) and not isinstance(option, Option)
    ]
    assert bare == []


def test_the_list_of_commands_is_in_the_language_that_is_asked_for(
    shown: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Nút dừng" in shown("--lang", "vi", "--help")
    assert "The stop button" in shown("--help")
    monkeypatch.setenv("BRIDGE_LANG", "vi")
    assert "Nút dừng" in shown("--help")
    assert "The stop button" in shown("--lang", "en", "--help")


@pytest.mark.parametrize("command", [entry.name for entry in list_entries()])
def test_a_commands_help_is_vietnamese_where_that_is_asked_for(shown: Callable[..., str], command: str) -> None:
    for words in (["--lang", "vi", command, "--help"], [command, "--lang", "vi", "--help"]):
        help_text = shown(*words)
        assert help_text.startswith(f"Cách dùng: python -m bridge {command}")
        assert "Tùy chọn:" in help_text and "[mặc định: " not in help_text.replace("[mặc định: ", "", 99)
        assert not {"Options:", "Show this message", "[default:", "[required]"} & set(help_text.split("  "))


def test_what_is_written_nearest_counts(shown: Callable[..., str]) -> None:
    assert shown("--lang", "vi", "dnc", "--lang", "en", "add", "--help").startswith("Usage: ")
    assert shown("--lang", "en", "dnc", "add", "--lang", "vi", "--help").startswith("Cách dùng: ")


def test_a_language_that_is_none_is_told_which_there_are(
    shown: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "'vi', 'en'" in shown("calls", "--lang", "fr")
    monkeypatch.setenv("BRIDGE_LANG", "fr")
    assert shown("calls") == "error: BRIDGE_LANG must be vi or en\n"


def test_a_setting_that_is_wrong_is_named_in_the_language_that_is_asked_for(cli: Cli) -> None:
    assert cli("calls", BRIDGE_SECRET_KEY=None).stderr.startswith("error: BRIDGE_SECRET_KEY is not set: ")
    for words, settings in ((("--lang", "vi"), {}), ((), {"BRIDGE_LANG": "vi"})):
        failed = cli("calls", *words, BRIDGE_SECRET_KEY=None, **settings)
        assert failed.stderr.startswith("error: BRIDGE_SECRET_KEY chưa được đặt: ")


@pytest.mark.parametrize(
    ("words", "vietnamese", "english"),
    [
        ("balance", "không rõ lý do", "unexplained"),
        ("calls", "trạng thái", "state"),
        ("deliveries", "lúc nhận", "received"),
        ("sources", "nền tảng", "platform"),
        ("pause", "tạm dừng: mọi cuộc gọi", "paused: all calls"),
        ("cancel 7 --reason x", "không có cuộc gọi nào có mã 7", "no call has the id 7"),
        ("resolve 7 --rang --reason x", "không có cuộc gọi nào có mã 7", "no call has the id 7"),
        ("replay 7", "không có tin nào có mã 7", "no delivery has the id 7"),
        ("dnc remove 0900000001", "số này không có trong danh sách", "this number is not on the list"),
        ("forget 0900000001 --yes", "đã xóa: 0 đơn", "erased: 0 order(s)"),
        ("explain DH-1", "không có đơn nào có mã hoặc số DH-1", "no order has the id or number DH-1"),
        ("call --phone 0900000001 --template T --key=", "--key để trống", "--key is blank"),
    ],
)
def test_the_same_thing_is_said_in_both_languages(
    cli: Cli, stage: Any, words: str, vietnamese: str, english: str
) -> None:
    for language, part in (("en", english), ("vi", vietnamese)):
        done = cli(*words.split(), "--lang", language)
        assert part in done.stdout + done.stderr


def test_a_database_that_cannot_be_used_is_one_sentence_in_the_chosen_language(cli: Cli, free_port: int) -> None:
    url = f"postgres://user:hush@127.0.0.1:{free_port}/b"
    for language, says in (("en", "nothing listens"), ("vi", "không có gì lắng nghe")):
        for words in (["balance"], ["migrate"], ["worker"], ["calls", "--json"]):
            done = cli(*words, DATABASE_URL=url, BRIDGE_LANG=language)
            assert (done.returncode, done.stdout) == (1, "")
            assert done.stderr.startswith(f"error: {says}") and done.stderr.count("\n") == 1
            assert "hush" not in done.stderr
