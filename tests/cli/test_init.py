"""A newcomer in an empty folder: init, check, apply, sample, and a second terminal that knows no export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bridge.lib.envfile import read_env
from bridge.platforms import list_platforms
from tests.cli.conftest import Cli

UNSET = ("BRIDGE_SECRET_KEY", "DATABASE_URL", "LOG_LEVEL")
UNSET += ("VBOT_URL", "VBOT_TOKEN", "VBOT_ID", "VBOT_PROJECT_CODE", "VBOT_HOTLINE")


@pytest.fixture
def bare(cli: Cli) -> Cli:
    """A terminal in which nothing was exported."""

    def run(*words: object, **rest: Any) -> Any:
        return cli(*words, **{**dict.fromkeys(UNSET), **rest})

    return run


@pytest.fixture(autouse=True)
def empty(cli: Cli, tmp_path: Path) -> Path:
    (tmp_path / "bridge.db").unlink()
    return tmp_path


def env(folder: Path) -> dict[str, str]:
    return read_env((folder / ".env").read_text(encoding="utf-8"))


def test_from_nothing_to_a_signed_order_by_what_init_says(bare: Cli, empty: Path) -> None:
    done = bare("init", "--platform", "generic", "--source", "lan-shop", "--fake-vbot")
    assert (done.returncode, done.stderr) == (0, "")
    assert (empty / ".env").stat().st_mode & 0o777 == 0o600
    for command in (("check", "shops.yaml"), ("apply", "shops.yaml"), ("sources",)):
        assert f"python -m bridge {' '.join(command)}" in done.stdout or command == ("sources",)
        said = bare(*command)
        assert (said.returncode, said.stderr) == (0, ""), said
    assert "http://localhost:9100/hooks/lan-shop" in bare("sample", "generic", PORT="9100").stdout
    assert "lan-shop" in bare("sources").stdout


def test_it_asks_on_a_terminal_and_asks_again_what_cannot_be(bare: Cli, empty: Path) -> None:
    answers = ["https://vbot.example.test/api", "v1", "my-id", "SHOP", "", "user", "p'a $s", "0812345678"]
    answers += ["", "shopfy", "shopify", "Lan Shop", "lan-shop", "MY_TEMPLATE", "the-shops-secret"]
    done = bare("--lang", "vi", "init", typed="\n".join(answers) + "\n")
    assert done.returncode == 0, done.stderr
    assert "Đầu số gọi ra" in done.stderr
    said = [line.partition("error: ")[2] for line in done.stderr.splitlines() if "error: " in line]
    assert said == [
        "không có nền tảng nào tên là shopfy; có phải là shopify?",
        "mã của nguồn chỉ có a-z, 0-9 và -, không phải 'Lan Shop'",
    ]
    values = env(empty)
    assert (values["VBOT_USERNAME"], values["VBOT_PASSWORD"], values["VBOT_ID"]) == ("user", "p'a $s", "my-id")
    assert values["LAN_SHOP_SECRET"] == "the-shops-secret"
    assert "VBOT_TOKEN" not in values
    written = (empty / "shops.yaml").read_text(encoding="utf-8")
    assert "platform: shopify" in written and "MY_TEMPLATE" in written and "${LAN_SHOP_SECRET}" in written
    assert "Tiếp theo:" in done.stdout
    assert bare("check", "shops.yaml").returncode == 0


def test_no_account_yet_is_the_fake_one_and_the_next_step_starts_it(bare: Cli, empty: Path) -> None:
    done = bare("init", typed="\n".join(["", "generic", "", "", ""]) + "\n")
    assert env(empty)["VBOT_URL"] == "http://127.0.0.1:8900"
    assert "-m bridge.fake_vbot --people 7" in done.stdout
    assert env(empty)["VBOT_WEBHOOK_AUTH"] in done.stdout
    assert "sample generic --rings | sh" in done.stdout


@pytest.mark.parametrize("where", ["environment", ".env"])
def test_the_fake_vbot_tells_results_to_the_port_that_is_set(bare: Cli, empty: Path, where: str) -> None:
    if where == ".env":
        (empty / ".env").write_text("PORT=9100\n", encoding="utf-8")
    given = {"PORT": "9100"} if where == "environment" else {}
    done = bare("init", "--platform", "generic", "--fake-vbot", **given)
    assert "--results-to http://127.0.0.1:9100/vbot/results" in done.stdout


def test_what_is_there_already_stays_and_is_not_asked(bare: Cli, empty: Path) -> None:
    (empty / ".env").write_text("BRIDGE_SECRET_KEY=" + "q" * 32 + "\nPORT=9000", encoding="utf-8")
    (empty / "shops.yaml").write_text("rules: []\n", encoding="utf-8")
    done = bare("init", "--fake-vbot", VBOT_WEBHOOK_AUTH="from-the-environment")
    assert done.returncode == 0, done.stderr
    values = env(empty)
    assert (values["BRIDGE_SECRET_KEY"], values["PORT"]) == ("q" * 32, "9000")
    assert values["VBOT_WEBHOOK_AUTH"] == "from-the-environment"
    assert (empty / "shops.yaml").read_text(encoding="utf-8") == "rules: []\n"
    before = (empty / ".env").read_text(encoding="utf-8")
    assert bare("init", "--fake-vbot").returncode == 0
    assert (empty / ".env").read_text(encoding="utf-8") == before


def test_what_is_left_blank_is_named(bare: Cli, empty: Path) -> None:
    said = bare("init", "--platform", "kiotviet").stdout
    assert "fill in .env: VBOT_URL, VBOT_ID, VBOT_PROJECT_CODE, VBOT_TOKEN, VBOT_HOTLINE" in said
    assert "KIOTVIET_SHOP_CLIENT_SECRET" in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "--platform"),
        (("--platform", "shopware"), "no platform is called shopware; there is ahamove, "),
        (("--platform", "shopfy"), "no platform is called shopfy; did you mean shopify?"),
        (("--platform", "generic", "--source", "Lan Shop"), "an id has only a-z, 0-9 and -"),
        (("--platform", "generic", "--vbot-url", "vbot"), "VBOT_URL must be an address"),
        (("--platform", "generic", "--database-url", "mysql://x"), "DATABASE_URL must begin with"),
    ],
)
def test_a_wrong_call_writes_nothing(bare: Cli, empty: Path, words: tuple[str, ...], says: str) -> None:
    done = bare("init", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr and done.stderr.count("\n") == 1
    assert {path.name for path in empty.iterdir()} <= {"stdin", "stdout", "stderr"}


def test_an_option_never_overrules_the_file(bare: Cli, empty: Path) -> None:
    (empty / ".env").write_text("VBOT_URL=https://vbot.example.test\n", encoding="utf-8")
    done = bare("init", "--platform", "generic", "--vbot-url", "https://other.example.test")
    assert done.returncode == 2 and ".env has VBOT_URL already" in done.stderr


@pytest.mark.parametrize("platform", [platform.name for platform in list_platforms()])
def test_the_first_file_of_every_platform_passes_check(bare: Cli, empty: Path, platform: str) -> None:
    assert bare("init", "--platform", platform, "--fake-vbot").returncode == 0
    checked = bare("check", "shops.yaml")
    assert checked.returncode == 0, checked.stdout


def test_what_was_left_blank_is_asked_again_and_filled_in(bare: Cli, empty: Path) -> None:
    assert bare("init", "--platform", "generic").returncode == 0
    assert env(empty)["VBOT_URL"] == ""
    done = bare("init", "--vbot-url", "https://vbot.example.test", "--vbot-token", "a-token", "--vbot-id", "me")
    assert done.returncode == 0, done.stderr
    assert (env(empty)["VBOT_URL"], env(empty)["VBOT_ID"]) == ("https://vbot.example.test", "me")
    assert "fill in .env: VBOT_PROJECT_CODE, VBOT_HOTLINE" in done.stdout


def test_a_folder_that_cannot_be_written_is_one_line(bare: Cli, empty: Path) -> None:
    (empty / "shops.yaml").symlink_to(empty / "no-such-folder" / "shops.yaml")
    done = bare("init", "--platform", "generic", "--fake-vbot")
    assert (done.returncode, done.stderr) == (1, "error: shops.yaml cannot be written: No such file or directory\n")
