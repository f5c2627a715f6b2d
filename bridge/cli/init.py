"""init: write .env and shops.yaml for a first shop."""

from __future__ import annotations

import base64
import os
import re
import secrets
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from bridge.cli.shared.arguments import nearest_hint
from bridge.cli.shared.command import command, option
from bridge.cli.shared.consent import can_ask
from bridge.cli.shared.database import bring_up
from bridge.cli.shared.language import current_language, failure, misuse, say, text
from bridge.cli.shared.printing import clean
from bridge.configuration.starter import Starter
from bridge.core.model import BadSetting, StoreDown
from bridge.core.model.texts import Text
from bridge.core.platform import Platform
from bridge.lib.envfile import write_env
from bridge.platforms import find_platform, list_platforms
from bridge.settings import BY_NAME, ENV_FILE, read_config, read_env_file, read_environment

GROUP = "start"
HELP = (
    "Hỏi rồi ghi .env và shops.yaml cho cửa hàng đầu tiên. Sau đó chuẩn bị cơ sở dữ liệu và nói bước tiếp theo.\n\n"
    "Những gì đã có thì giữ nguyên. Nơi không hỏi được ai, lệnh lấy các tùy chọn và để trống phần còn lại.",
    "Ask, and write .env and shops.yaml for a first shop. Then make the database, and say what comes next.\n\n"
    "What is there already stays as it is. Where nobody can be asked it takes the options and leaves the rest blank.",
)

SHOPS_FILE = Path("shops.yaml")
# The account of `python -m bridge.fake_vbot`, as it is without options.
FAKE = {
    "VBOT_URL": "http://127.0.0.1:8900",
    "VBOT_API": "v1",
    "VBOT_ID": "vbot-1",
    "VBOT_PROJECT_CODE": "SHOP",
    "VBOT_TOKEN": "fake-token",
    "VBOT_HOTLINE": "0812345678",
}
QUESTIONS: Mapping[str, Text] = {
    "VBOT_URL": (
        "Địa chỉ API của VBot (để trống: thử trước với VBot giả, không gọi ai)",
        "Address of VBot's API (empty: try first with the fake VBot, which calls nobody)",
    ),
    "VBOT_API": ("Phiên bản API của VBot: v1, v2 hoặc v3", "Generation of VBot's API: v1, v2 or v3"),
    "VBOT_ID": ("Tài khoản của bạn tại VBot (VBOT_ID)", "Your account at VBot (VBOT_ID)"),
    "VBOT_PROJECT_CODE": ("Mã dự án của bạn tại VBot", "Your project's code at VBot"),
    "VBOT_TOKEN": (
        "Token cố định của VBot, hoặc khóa của v3 (để trống: dùng tên đăng nhập và mật khẩu)",
        "VBot's fixed token, or the key of v3 (empty: a user name and password)",
    ),
    "VBOT_USERNAME": ("Tên đăng nhập VBot", "User name at VBot"),
    "VBOT_PASSWORD": ("Mật khẩu VBot", "Password at VBot"),
    "VBOT_HOTLINE": ("Đầu số gọi ra (hotline)", "The hotline that calls"),
}
TAKEN = ("DATABASE_URL", *QUESTIONS)
SOURCE_ID = re.compile("[a-z0-9](?:[a-z0-9-]{0,62})")


def _setting_options(run: Callable[..., Any]) -> Callable[..., Any]:
    for name in reversed(TAKEN):
        flag = f"--{name.lower().replace('_', '-')}"
        run = option(flag, name, metavar="TEXT", help=(f"Ghi {name} vào .env.", f"Write {name} into .env."))(run)
    return run


@command("init", HELP)
@option("--platform", metavar="NAME", help=("Nền tảng của cửa hàng; xem lệnh platforms.", "The shop's platform."))
@option(
    "--source", metavar="ID", help=("Mã của nguồn: phần cuối của địa chỉ webhook.", "Its id: the webhook address' end.")
)
@option("--secret", metavar="TEXT", help=("Khóa bí mật cửa hàng dùng để ký.", "The secret with which the shop signs."))
@option("--template", metavar="CODE", help=("Mã kịch bản gọi trên VBot.", "VBot's template code."))
@option(
    "--fake-vbot", is_flag=True, help=("Thử với VBot giả: không gọi ai.", "Try with the fake VBot: it calls nobody.")
)
@_setting_options
def run(**given: Any) -> None:
    written = {name for name, value in read_env_file().items() if value}  # a blank one is still to be filled in
    known = {name: value for name, value in read_environment().items() if value}
    again = [name for name in TAKEN if given[name] and name in written]
    if again:
        raise misuse(f".env đã có {again[0]}: hãy sửa ở đó", f".env has {again[0]} already: change it there")
    values = {
        "BRIDGE_SECRET_KEY": known.get("BRIDGE_SECRET_KEY") or secrets.token_hex(32),
        "DATABASE_URL": _taken("DATABASE_URL", given, known) or BY_NAME["DATABASE_URL"].default,
        **_account(given, known),
    }
    for name in ("VBOT_WEBHOOK_AUTH", "API_TOKEN"):
        values[name] = known.get(name) or secrets.token_urlsafe(24)
    starter = None
    if not SHOPS_FILE.exists():
        starter, variables = _shop(given, known)
        values |= variables
        _write(SHOPS_FILE, starter.write(current_language()), 0o644)
    _write_env({name: value for name, value in values.items() if name not in written})
    _say_next(values, starter, ready=_make_database())


def _taken(name: str, given: Mapping[str, Any], known: Mapping[str, str]) -> str:
    """What an option or the environment says; blank where neither does."""
    value = given[name] or known.get(name, "")
    try:
        BY_NAME[name].read({name: value})
    except BadSetting as wrong:
        raise misuse(wrong.vietnamese, str(wrong)) from None
    return str(value).strip()


def _account(given: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, str]:
    """VBot's settings: as given, else as known, else as answered; else blank, for a person to fill in."""
    values = {name: _taken(name, given, known) for name in QUESTIONS}

    def ask(name: str, default: str = "") -> str:
        values[name] = values[name] or _ask(QUESTIONS[name], default, lambda value: _taken(name, {name: value}, {}))
        return values[name]

    if given["fake_vbot"] or (not ask("VBOT_URL") and can_ask()):
        return dict(FAKE)
    newest = ask("VBOT_API", "v1") == "v3"
    for name in () if newest else ("VBOT_ID", "VBOT_PROJECT_CODE"):
        ask(name)
    named = bool(values["VBOT_USERNAME"])
    if not named and not ask("VBOT_TOKEN") and not newest:
        named = bool(ask("VBOT_USERNAME"))
    if named:
        ask("VBOT_PASSWORD")
    ask("VBOT_HOTLINE")
    unused = {"VBOT_ID", "VBOT_PROJECT_CODE"} if newest else set()
    unused |= {"VBOT_TOKEN"} if named else {"VBOT_USERNAME", "VBOT_PASSWORD"}
    return {name: value for name, value in values.items() if value or name not in unused}


def _shop(given: Mapping[str, Any], known: Mapping[str, str]) -> tuple[Starter, dict[str, str]]:
    """The first shop, and its variables of .env."""
    if not given["platform"] and not can_ask():
        raise misuse("hãy nêu --platform: xem lệnh platforms", "name --platform: see the command platforms")
    there = ", ".join(found.name for found in list_platforms())
    question = (f"Nền tảng của cửa hàng ({there})", f"The shop's platform ({there})")
    platform = _platform(given["platform"] or _ask(question, None, _platform_name))
    question = ("Mã của nguồn, phần cuối của địa chỉ webhook", "Its id here, the end of the webhook's address")
    source = _source_id(given["source"] or _ask(question, f"{platform.name.replace('_', '-')}-shop", _source_id))
    template = given["template"] or _ask(("Mã kịch bản gọi trên VBot", "VBot's template code"), "CONFIRM_ORDER")
    needed = tuple(name for name, value in platform.sample.settings.items() if isinstance(value, str))
    names = (*needed, *(platform.api.credentials if platform.api else ()))
    starter = Starter(source, platform.name, template, names)
    question = (
        "Khóa bí mật cửa hàng dùng để ký (để trống: tạo một khóa ở đây)",
        "The secret with which the shop signs (empty: one is made here)",
    )
    secret = given["secret"] or known.get(starter.variable("secret")) or _ask(question, "")
    made = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
    values = {starter.variable("secret"): secret or made}
    for name in names:
        variable = starter.variable(name)
        question = (f"{platform.title}: {name} của cửa hàng", f"{platform.title}: {name} of the shop")
        values[variable] = known.get(variable) or _ask(question, "")
    has_all = all(values[starter.variable(name)] for name in names)
    return replace(starter, holds=bool(needed) or has_all), values


def _platform(name: str) -> Platform:
    found = find_platform(name)
    if found is None:
        hint = nearest_hint(name, [each.name for each in list_platforms()])
        shown = clean(name)
        raise misuse(f"không có nền tảng nào tên là {shown}; {hint}", f"no platform is called {shown}; {hint}")
    return found


def _platform_name(name: str) -> str:
    return _platform(name).name


def _source_id(name: str) -> str:
    if not SOURCE_ID.fullmatch(name):
        raise misuse(
            f"mã của nguồn chỉ có a-z, 0-9 và -, không phải {name!r}", f"an id has only a-z, 0-9 and -: {name!r}"
        )
    return name


def _ask(question: Text, default: str | None, check: Callable[[str], str] = str) -> str:
    """What a person answers, asked again until it can be used; the default where nobody can be asked.

    Without a default (None) an empty answer is none.
    """
    if not can_ask():
        return default or ""
    while True:
        answer = click.prompt(text(*question), default=default, show_default=bool(default), err=True)
        try:
            return check(str(answer).strip())
        except click.UsageError as wrong:
            click.echo(f"error: {wrong.message}", err=True)


def _write(path: Path, content: str, mode: int) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, mode), "w", encoding="utf-8") as file:
            file.write(content)
    except OSError as error:
        raise failure(
            f"không ghi được {path}: {error.strerror}", f"{path} cannot be written: {error.strerror}"
        ) from None


def _write_env(new: Mapping[str, str]) -> None:
    head = text(
        "# Thiết lập của VBot Bridge. Hãy giữ kín tệp này, và cất một bản BRIDGE_SECRET_KEY ở nơi khác.\n",
        "# Settings of VBot Bridge. Keep this file secret, and a copy of BRIDGE_SECRET_KEY in another place.\n",
    )
    before = ENV_FILE.read_text(encoding="utf-8-sig") if ENV_FILE.exists() else head
    gap = "" if before.endswith("\n") else "\n"
    _write(ENV_FILE, (gap if ENV_FILE.exists() else head) + write_env(new), 0o600)


def _make_database() -> bool:
    try:
        bring_up(read_config())
    except (BadSetting, StoreDown) as problem:
        wrong = problem.vietnamese if isinstance(problem, BadSetting) else str(problem)
        say(f"chưa chuẩn bị được cơ sở dữ liệu: {wrong}", f"the database is not ready: {problem}", err=True)
        return False
    return True


def _say_next(values: Mapping[str, str], starter: Starter | None, *, ready: bool) -> None:
    program = click.get_current_context().find_root().info_name
    say(
        "Đã ghi .env và shops.yaml. Hãy cất một bản BRIDGE_SECRET_KEY ở nơi khác: không có khóa thì không đọc được gì.",
        ".env and shops.yaml are written. Keep a copy of BRIDGE_SECRET_KEY elsewhere: without it nothing can be read.",
    )
    say("Tiếp theo:", "Next:")
    blank = ", ".join(name for name, value in values.items() if not value)
    steps = [text(f"điền vào .env: {blank}", f"fill in .env: {blank}")] if blank else []
    steps += [] if ready else [f"{program} migrate"]
    steps += [f"{program} check {SHOPS_FILE}", f"{program} apply {SHOPS_FILE}"]
    fake = values.get("VBOT_URL") == FAKE["VBOT_URL"]
    if fake:
        steps.append(_fake_command(values) + text("   # ở cửa sổ khác", "   # in another terminal"))
    steps.append(f"{program} run")
    if starter is not None:
        sample = text("một đơn mẫu, ở cửa sổ khác", "a sample order, in another terminal")
        rings = " --rings" if fake else ""  # the fake one rings nobody
        steps += [f"{program} sample {starter.platform}{rings} | sh   # {sample}"]
        steps += [f"{program} {'calls' if fake else 'deliveries'}"]
    for step in steps:
        click.echo(f"  {step}")


def _fake_command(values: Mapping[str, str]) -> str:
    port = read_environment().get("PORT") or BY_NAME["PORT"].default
    words = [sys.executable, "-m", "bridge.fake_vbot", "--people", "7", "--hotline", FAKE["VBOT_HOTLINE"]]
    words += ["--results-to", f"http://127.0.0.1:{port}/vbot/results", "--results-auth", values["VBOT_WEBHOOK_AUTH"]]
    return shlex.join(words)
