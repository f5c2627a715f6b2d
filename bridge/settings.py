"""The settings: one registry of the environment's variables, read once into a frozen Config.

`.env` in the working folder is read too; a variable of the environment goes before it. A setting that is missing or
wrong is a BadSetting: one line that names it and says what to write.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from bridge.core.model import BadSetting
from bridge.core.model.texts import Language, Text
from bridge.core.schedule import parse_duration
from bridge.lib.envfile import BadLine, read_env
from bridge.vbot import Account

Reader = Literal["web", "worker", "commands"]

GENERATIONS = ("v1", "v2", "v3")
LOG_FORMATS = ("text", "json")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LEAST_PASSWORD = 8  # characters
# A record may be written only when the call has ended, and calls may be long.
LEAST_SILENCE = timedelta(hours=1)
ENV_FILE = Path(".env")
ALL: tuple[Reader, ...] = ("web", "worker", "commands")


class _Wrong(ValueError):
    """What is wrong with a value and what to write, said behind the setting's name."""

    def __init__(self, vietnamese: str, english: str) -> None:
        super().__init__(english)
        self.vietnamese = vietnamese
        self.english = english


@dataclass(frozen=True)
class Setting:
    """One variable of the environment.

    parse    its text, "" where it is not set and has no default -> its value
    means    what it is for, in Vietnamese and English (Markdown, as a cell of a table)
    default  as a person would write it; "" for none
    needed   whether nothing starts without it
    secret   whether its value is never shown
    """

    name: str
    parse: Callable[[str], Any]
    means: Text
    default: str = ""
    needed: bool = False
    secret: bool = False
    read_by: tuple[Reader, ...] = ALL

    def read(self, environment: Mapping[str, str] | None = None) -> Any:
        """Its value; an empty text is one that is not set. Raises BadSetting."""
        text = (read_environment() if environment is None else environment).get(self.name, "").strip()
        try:
            return self.parse(text or self.default)
        except _Wrong as wrong:
            raise BadSetting(f"{self.name} {wrong.english}", f"{self.name} {wrong.vietnamese}") from None


def _text(text: str) -> str | None:
    return text or None


def _password(text: str) -> str | None:
    if text and len(text) < LEAST_PASSWORD:
        raise _Wrong(
            f"quá ngắn: cần từ {LEAST_PASSWORD} ký tự trở lên",
            f"is too short: write {LEAST_PASSWORD} characters or more",
        )
    return text or None


def _files(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


def _number(least: int, most: int) -> Callable[[str], int | None]:
    def parse(text: str) -> int | None:
        if not text:
            return None
        if not re.fullmatch("[0-9]{1,12}", text) or not least <= int(text) <= most:
            raise _Wrong(f"phải là số nguyên từ {least} đến {most}", f"must be a whole number from {least} to {most}")
        return int(text)

    return parse


def _choice(*words: str, joined: str = ", ") -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in words:
            either = joined.join(words)
            english = f"must be one of {either}" if joined == ", " else f"must be {either}"
            raise _Wrong(f"phải là một trong: {', '.join(words)}", english)
        return text

    return parse


def _log_level(text: str) -> str:
    return _choice(*LOG_LEVELS)(text.upper())


def _language(text: str) -> str | None:
    return _choice("vi", "en", joined=" or ")(text) if text else None


def _secret_keys(text: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    if not keys:
        raise _Wrong(
            "chưa được đặt: hãy chạy lệnh trong thư mục có .env chứa nó; lần đầu thì chạy python -m bridge init, hoặc "
            "viết một chuỗi bất kỳ từ 32 ký tự trở lên, và giữ lại nó",
            "is not set: start in the folder whose .env holds it; for the first time run python -m bridge init, or "
            "write any text of 32 characters or more, and keep it",
        )
    if any(len(key) < 32 for key in keys):
        raise _Wrong(
            "quá ngắn: mỗi khóa cần từ 32 ký tự trở lên, không có dấu phẩy",
            "is too short: each key needs 32 characters or more, without a comma",
        )
    return keys


def _database_url(text: str) -> str:
    if not text.startswith(("sqlite:///", "postgres://", "postgresql://")):
        raise _Wrong(
            "phải bắt đầu bằng sqlite:///, postgres:// hoặc postgresql://",
            "must begin with sqlite:///, postgres:// or postgresql://",
        )
    return text


def _direct_url(text: str) -> str | None:
    if text and not text.startswith(("postgres://", "postgresql://")):
        raise _Wrong("phải bắt đầu bằng postgres:// hoặc postgresql://", "must begin with postgres:// or postgresql://")
    return text or None


def _vbot_url(text: str) -> str | None:
    if text and (not _is_address(text) or set(text) & set("?#@")):
        raise _Wrong(
            "phải là một địa chỉ như https://host/path, không có tên người dùng, ? hay #",
            "must be an address such as https://host/path, without a user, ? or #",
        )
    return text or None


def _host(text: str) -> str | None:
    """An IP address; "localhost" would be one of two."""
    try:
        return str(ip_address(text.strip("[]"))) if text else None
    except ValueError:
        raise _Wrong(
            "phải là một địa chỉ IP: 127.0.0.1 cho riêng máy này, 0.0.0.0 hoặc :: cho mọi địa chỉ",
            "must be an IP address: 127.0.0.1 for this machine alone, 0.0.0.0 or :: for every address",
        ) from None


def socket_address(host: str, port: int) -> str:
    """The address as gunicorn takes it: 127.0.0.1:8000, [::1]:8000."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _web_address(text: str) -> str | None:
    if text and not _is_address(text):
        raise _Wrong("phải là một địa chỉ như https://host/path", "must be an address such as https://host/path")
    return text or None


def _trace_headers(text: str) -> Mapping[str, str]:
    """`name=value,name=value`, each written as in an address (%20), as OpenTelemetry's specification says."""
    pairs = [tuple(map(unquote, pair.strip().split("=", 1))) for pair in text.split(",") if pair.strip()]
    if any(len(pair) < 2 or not re.fullmatch(r"[\x21-\x7e]+", pair[0]) for pair in pairs):
        raise _Wrong(
            "phải có dạng tên=giá trị, nhiều mục thì cách nhau bằng dấu phẩy",
            "must be name=value, several with commas between",
        )
    return {name: value for name, value in pairs}


def _sentry_dsn(text: str) -> str | None:
    if text and not (_is_address(text) and re.fullmatch(r"https?://[^@/]+@[^@]+/[0-9]+", text)):
        raise _Wrong(
            "phải là DSN mà Sentry đưa ra, như https://khóa@máy-chủ/số",
            "must be the DSN that Sentry shows, such as https://key@host/number",
        )
    return text or None


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_plain = re.fullmatch(r"[\x21-\x7e]+", url)
    return bool(is_plain and has_port and parts.scheme in ("http", "https") and parts.hostname)


def _header_value(text: str) -> str | None:
    if text and not re.fullmatch(r"[\x20-\x7e]+", text):
        raise _Wrong(
            "có ký tự mà header không chứa được: chỉ dùng chữ không dấu, số và ký hiệu",
            "holds what no header can: write plain letters, digits and signs",
        )
    return text or None


def _silence(text: str) -> timedelta | None:
    if not text:
        return None
    try:
        silence = parse_duration(text)
    except ValueError:
        silence = timedelta(0)
    if silence < LEAST_SILENCE:
        raise _Wrong(
            "phải là một khoảng ít nhất 1h, ví dụ 2h; không đặt thì im lặng không chứng minh điều gì",
            "must be a duration of at least 1h, such as 2h; unset, silence proves nothing",
        )
    return silence


# In the order of the docs; the first that is missing or wrong is the one that is named.
SETTINGS: tuple[Setting, ...] = (
    Setting(
        "BRIDGE_SECRET_KEY",
        _secret_keys,
        (
            "chuỗi bất kỳ từ 32 ký tự, không có dấu phẩy; nhiều khóa thì cách nhau bằng dấu phẩy: khóa đầu mã hóa, "
            "khóa nào cũng giải mã được",
            "any text of 32 characters or more without a comma; several with commas: the first encrypts, all decrypt",
        ),
        needed=True,
        secret=True,
    ),
    Setting(
        "DATABASE_URL",
        _database_url,
        (
            "`sqlite:///FILE`, `postgres://…` hoặc `postgresql://…`",
            "`sqlite:///FILE`, `postgres://…` or `postgresql://…`",
        ),
        default="sqlite:///bridge.db",
        secret=True,
    ),
    Setting(
        "DATABASE_DIRECT_URL",
        _direct_url,
        (
            "địa chỉ trực tiếp của Postgres, khi `DATABASE_URL` đi qua một bộ gộp kết nối ở chế độ transaction: dùng "
            "cho `migrate` và để worker nhận thông báo",
            "Postgres' direct address, where `DATABASE_URL` leads through a pooler in transaction mode: for `migrate`, "
            "and for what the worker listens to",
        ),
        secret=True,
    ),
    Setting(
        "VBOT_URL",
        _vbot_url,
        ("địa chỉ gốc API của VBot; cần có để gọi", "base address of VBot's API; needed to place calls"),
    ),
    Setting(
        "VBOT_API",
        _choice(*GENERATIONS),
        ("phiên bản API của VBot: `v1`, `v2` hoặc `v3`", "generation of VBot's API: `v1`, `v2` or `v3`"),
        default="v1",
    ),
    Setting(
        "VBOT_V3_PATHS",
        _choice("new", "old", joined=" or "),
        ("`old`: gọi `v3` bằng các đường dẫn cũ của nó", "`old`: `v3` by its deprecated paths"),
        default="new",
    ),
    Setting(
        "VBOT_TOKEN",
        _text,
        ("token cố định của VBot, hoặc khóa của `v3`", "VBot's fixed bearer token, or the key of `v3`"),
        secret=True,
    ),
    Setting(
        "VBOT_USERNAME",
        _text,
        (
            "thay cho `VBOT_TOKEN`: một tài khoản, bridge tự lấy và gia hạn token",
            "instead of `VBOT_TOKEN`: a user, for whom the bridge gets and renews tokens",
        ),
    ),
    Setting(
        "VBOT_PASSWORD",
        _text,
        ("mật khẩu của `VBOT_USERNAME`", "the password of `VBOT_USERNAME`"),
        secret=True,
    ),
    Setting(
        "VBOT_ID",
        _text,
        (
            "tài khoản của bạn tại VBot; cần đi cùng `VBOT_URL`, trừ `v3`",
            "your account at VBot; needed with `VBOT_URL`, but for `v3`",
        ),
    ),
    Setting(
        "VBOT_PROJECT_CODE",
        _text,
        (
            "dự án của bạn tại VBot; cần đi cùng `VBOT_URL`, trừ `v3`",
            "your project at VBot; needed with `VBOT_URL`, but for `v3`",
        ),
    ),
    Setting(
        "VBOT_HOTLINE",
        _text,
        ("đầu số gọi ra của những quy tắc không nêu đầu số", "the hotline of rules that name none"),
    ),
    Setting(
        "VBOT_WEBHOOK_AUTH",
        _header_value,
        (
            "giá trị Authorization mà VBot gửi kèm mỗi kết quả đến `/vbot/results`; không có thì không có địa chỉ này",
            "the Authorization value that VBot sends with each result to `/vbot/results`; without it there is no such "
            "address",
        ),
        secret=True,
        read_by=("web",),
    ),
    Setting(
        "VBOT_BALANCE_ALARM",
        _number(0, 10**12),
        (
            "với `v3`: cảnh báo `low_balance` khi tài khoản còn ít hơn ngần này đồng; số dư được hỏi mỗi 5 phút",
            "with `v3`: an alarm, `low_balance`, while fewer dong than this are left; the balance is asked every "
            "5 minutes",
        ),
        read_by=("worker", "commands"),
    ),
    Setting(
        "VBOT_TRUST_SILENCE",
        _silence,
        (
            "lịch sử cuộc gọi của VBot không có cuộc gọi sau chừng này, ví dụ `2h`, thì gọi lại cuộc gọi chưa rõ; "
            "khi đó có thể đổ chuông hai lần",
            "after this silence of VBot's call records, such as `2h`, an unsure call is called again; "
            "it may then ring twice",
        ),
        read_by=("worker", "commands"),
    ),
    Setting(
        "VBOT_HISTORY",
        _choice("on", "off", joined=" or "),
        (
            "với VBOT_API v1 và v2: `on` thì cuộc gọi chưa rõ, hoặc chưa có kết quả, được tra trong lịch sử theo số và "
            "giờ, vì lịch sử này không có mã của bridge",
            "with VBOT_API v1 and v2: `on` looks up calls that are unsure or without a result in VBot's history list, "
            "by number and time, for that list names no id of ours",
        ),
        default="off",
        read_by=("worker",),
    ),
    Setting(
        "CONSOLE_PASSWORD",
        _password,
        (
            "mật khẩu của quản trị viên đầu tiên trên các trang, tên `admin`, khi chưa có người dùng nào; từ 8 ký tự",
            "password of the first admin of the pages, user `admin`, while there is no user; 8 characters or more",
        ),
        secret=True,
        read_by=("web",),
    ),
    Setting(
        "OIDC_ISSUER",
        _web_address,
        (
            "đăng nhập các trang qua nhà cung cấp OpenID Connect này, ví dụ `https://id.example.com/realms/shop`; cần "
            "cả `OIDC_CLIENT_ID` và `OIDC_CLIENT_SECRET`; địa chỉ trở về là `/console/sign-in/back`",
            "sign in to the pages by this OpenID Connect provider, such as `https://id.example.com/realms/shop`; needs "
            "`OIDC_CLIENT_ID` and `OIDC_CLIENT_SECRET`; its redirect address is `/console/sign-in/back`",
        ),
        read_by=("web",),
    ),
    Setting(
        "OIDC_CLIENT_ID",
        _text,
        ("tên của bridge tại nhà cung cấp đó", "the bridge's name at that provider"),
        read_by=("web",),
    ),
    Setting(
        "OIDC_CLIENT_SECRET",
        _text,
        ("mật khẩu của bridge tại nhà cung cấp đó", "the bridge's secret at that provider"),
        secret=True,
        read_by=("web",),
    ),
    Setting(
        "OIDC_ROLE_CLAIM",
        _text,
        (
            "claim chứa quyền (`viewer`, `operator`, `admin`, có hoặc không có `bridge-` đứng trước); dấu chấm dẫn "
            "vào bên trong, như `realm_access.roles`",
            "the claim that holds the role (`viewer`, `operator`, `admin`, with or without `bridge-` before it); a dot "
            "leads inside, as in `realm_access.roles`",
        ),
        default="roles",
        read_by=("web",),
    ),
    Setting(
        "API_TOKEN",
        _text,
        (
            "token có mọi quyền của API và `/metrics`; không có thì chỉ token của `tokens add` dùng được API",
            "bearer token with every right of the API and of `/metrics`; without it only tokens of `tokens add` get in",
        ),
        secret=True,
    ),
    Setting(
        "BRIDGE_CONFIG",
        _files,
        (
            "các tệp mà bản phát hành, hoặc `run`, áp dụng với `--prune`",
            "files that a release, or `run`, applies with `--prune`",
        ),
        read_by=("commands",),
    ),
    Setting(
        "BRIDGE_LANG",
        _language,
        (
            "ngôn ngữ của các lệnh: `vi` hoặc `en`; `--lang` được ưu tiên",
            "language of the commands: `vi` or `en`; `--lang` goes before it",
        ),
        read_by=("commands",),
    ),
    Setting(
        "MAX_CALLS_PER_DAY",
        _number(0, 10**9),
        (
            "số cuộc gọi tối đa trong một ngày theo giờ Việt Nam, tính cho mọi quy tắc",
            "most calls of one day of Vietnam, over all rules",
        ),
        read_by=("worker", "commands"),
    ),
    Setting(
        "MAX_CALLS_PER_PHONE",
        _number(1, 10**9),
        (
            "số cuộc gọi tối đa đến một số điện thoại trong một ngày, tính chung mọi quy tắc, lô, cuộc gọi tay và lần "
            "gọi lại",
            "most calls of one phone in one day, over all rules, batches and calls by hand, redials counted",
        ),
        default="3",
        read_by=("worker", "commands"),
    ),
    Setting(
        "ALARM_URL",
        _web_address,
        (
            "địa chỉ nhận một POST, ký theo Standard Webhooks, mỗi khi một cảnh báo được mở hoặc đóng",
            "an address that gets a POST, signed by Standard Webhooks, for each alarm that opens or closes",
        ),
        secret=True,
        read_by=("web", "worker"),
    ),
    Setting(
        "RETENTION_DAYS",
        _number(1, 36500),
        (
            "sau ngần ấy ngày, dữ liệu cá nhân của các đơn đã kết thúc được xóa",
            "after so many days the personal data of closed orders is erased",
        ),
        read_by=("worker",),
    ),
    Setting(
        "PORT",
        _number(1, 65535),
        ("cổng của máy chủ web", "the web server's port"),
        default="8000",
        read_by=("web", "commands"),
    ),
    Setting(
        "BIND",
        _host,
        (
            "địa chỉ IP mà máy chủ web lắng nghe; để trống: `run` chỉ nghe trên máy này (127.0.0.1), còn `gunicorn` "
            "chạy riêng nghe trên mọi địa chỉ",
            "the IP address on which the web server listens; empty: `run` on this machine alone (127.0.0.1), "
            "`gunicorn` by itself on every address",
        ),
        read_by=("web", "commands"),
    ),
    Setting(
        "WEB_CONCURRENCY",
        _number(1, 64),
        ("số tiến trình web; trên SQLite luôn là một", "web processes; on SQLite always one"),
        default="2",
        read_by=("web",),
    ),
    Setting(
        "WORKER_THREADS",
        _number(1, 256),
        ("số cuộc gọi mà một worker đặt cùng lúc", "calls that one worker places at the same time"),
        default="16",
        read_by=("worker",),
    ),
    Setting(
        "LOG_LEVEL",
        _log_level,
        ("`DEBUG`, `INFO`, `WARNING` hoặc `ERROR`", "`DEBUG`, `INFO`, `WARNING` or `ERROR`"),
        default="INFO",
    ),
    Setting(
        "LOG_FORMAT",
        _choice(*LOG_FORMATS, joined=" or "),
        (
            "`text`: mỗi dòng nhật ký là một dòng chữ; `json`: một đối tượng JSON, có mã của tin, đơn và cuộc gọi",
            "`text`: log lines for people; `json`: each an object, with the ids of delivery, order and call",
        ),
        default="text",
    ),
    Setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        _web_address,
        (
            "địa chỉ gốc nhận trace của OpenTelemetry (OTLP qua HTTP), như `http://127.0.0.1:4318`; không có thì không "
            "tạo trace",
            "base address that takes OpenTelemetry's traces (OTLP over HTTP), such as `http://127.0.0.1:4318`; without "
            "it none are made",
        ),
        read_by=("web", "worker"),
    ),
    Setting(
        "OTEL_EXPORTER_OTLP_HEADERS",
        _trace_headers,
        (
            "các header gửi kèm trace: `name=value`, cách nhau bằng dấu phẩy",
            "headers that go with the traces: `name=value`, with commas between",
        ),
        secret=True,
        read_by=("web", "worker"),
    ),
    Setting(
        "SENTRY_DSN",
        _sentry_dsn,
        (
            "DSN của Sentry: mỗi dòng nhật ký mức ERROR được gửi đến đó, chỉ gồm loại lỗi, vị trí trong mã và mã số",
            "Sentry's DSN: each ERROR line of the log goes there, with its kind, its places in the code and ids alone",
        ),
        secret=True,
        read_by=("web", "worker"),
    ),
)
BY_NAME: Mapping[str, Setting] = {setting.name: setting for setting in SETTINGS}


@dataclass(frozen=True, repr=False)
class OpenId:
    """The provider by which people may sign in."""

    issuer: str
    client_id: str
    client_secret: str
    role_claim: str


@dataclass(frozen=True, repr=False)
class Config:
    """The value of every setting. `account` is None while VBot is not configured."""

    database_url: str
    direct_url: str
    secret_keys: tuple[str, ...]
    port: int
    bind: str | None
    web_concurrency: int
    worker_threads: int
    generation: str
    v3_paths: Literal["new", "old"]
    account: Account | None
    hotline: str | None
    webhook_auth: str | None
    console_password: str | None
    openid: OpenId | None
    api_token: str | None
    config_files: tuple[str, ...]
    language: Language | None
    max_calls_per_day: int | None
    max_calls_per_phone: int
    retention_days: int | None
    alarm_url: str | None
    trust_silence: timedelta | None
    history: bool
    balance_alarm: int | None
    log_level: str
    log_format: str
    traces_url: str | None
    traces_headers: Mapping[str, str]
    sentry_dsn: str | None
    environment: Mapping[str, str]

    @property
    def is_pooled(self) -> bool:
        """Whether `database_url` leads through a pooler in transaction mode."""
        return self.direct_url != self.database_url

    @property
    def shown_account(self) -> Account:
        """The account or, while VBot is not configured, nobody's: to show what the generation's requests are like."""
        return self.account or Account("https://vbot.invalid", self.generation, "", v3_paths=self.v3_paths)


def read_environment() -> dict[str, str]:
    """The environment of this process and, behind it, `.env` of the working folder. Errors: BadSetting."""
    return {**read_env_file(), **os.environ}


def read_env_file() -> dict[str, str]:
    """What `.env` of the working folder says; nothing where there is none. Errors: BadSetting."""
    try:
        return read_env(ENV_FILE.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return {}
    except BadLine as wrong:
        raise BadSetting(
            f".env:{wrong.number} cannot be read; write NAME=value, with the value in '…' where it holds blanks or #",
            f".env:{wrong.number} không đọc được; hãy viết TÊN=giá trị, đặt giá trị trong '…' nếu có dấu cách hoặc #",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "UTF-8"
        raise BadSetting(
            f".env cannot be read ({said}); it must be a text in UTF-8 that this user may read",
            f".env không đọc được ({said}); tệp phải là văn bản UTF-8 mà người dùng này đọc được",
        ) from None


def origin_of(name: str) -> str:
    """Where this process has a setting from: environment, file (.env), default, or unset. Errors: BadSetting."""
    if os.environ.get(name, "").strip():
        return "environment"
    if read_env_file().get(name, "").strip():
        return "file"
    return "default" if BY_NAME[name].default else "unset"


def wants_colours() -> bool:
    """Whether a terminal is to have colours: one that can, unless NO_COLOR (no-color.org) says otherwise."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"


def read_config(environment: Mapping[str, str] | None = None) -> Config:
    """The settings of this process. BadSetting names the first that is missing or wrong and says what to write."""
    env = {key: value.strip() for key, value in (read_environment() if environment is None else environment).items()}
    values = {setting.name: setting.read(env) for setting in SETTINGS}
    for wrong in _misfits(values, env):
        raise wrong
    return Config(
        database_url=values["DATABASE_URL"],
        direct_url=values["DATABASE_DIRECT_URL"] or values["DATABASE_URL"],
        secret_keys=values["BRIDGE_SECRET_KEY"],
        port=values["PORT"],
        bind=values["BIND"],
        web_concurrency=values["WEB_CONCURRENCY"],
        worker_threads=values["WORKER_THREADS"],
        generation=values["VBOT_API"],
        v3_paths=values["VBOT_V3_PATHS"],
        account=_account(values),
        hotline=values["VBOT_HOTLINE"],
        webhook_auth=values["VBOT_WEBHOOK_AUTH"],
        console_password=values["CONSOLE_PASSWORD"],
        openid=_openid(values),
        api_token=values["API_TOKEN"],
        config_files=values["BRIDGE_CONFIG"],
        language=values["BRIDGE_LANG"],
        max_calls_per_day=values["MAX_CALLS_PER_DAY"],
        max_calls_per_phone=values["MAX_CALLS_PER_PHONE"],
        retention_days=values["RETENTION_DAYS"],
        alarm_url=values["ALARM_URL"],
        trust_silence=values["VBOT_TRUST_SILENCE"],
        history=values["VBOT_HISTORY"] == "on",
        balance_alarm=values["VBOT_BALANCE_ALARM"],
        log_level=values["LOG_LEVEL"],
        log_format=values["LOG_FORMAT"],
        traces_url=values["OTEL_EXPORTER_OTLP_ENDPOINT"],
        traces_headers=values["OTEL_EXPORTER_OTLP_HEADERS"],
        sentry_dsn=values["SENTRY_DSN"],
        environment=env,
    )


def read_config_without_vbot() -> Config:
    """As `read_config`, for what never asks VBot: it has no account, and needs none."""
    return read_config({name: value for name, value in read_environment().items() if name != "VBOT_URL"})


def wrong_settings(environment: Mapping[str, str] | None = None) -> list[BadSetting]:
    """Every setting that is missing or wrong, not only the first."""
    try:
        env = read_environment() if environment is None else environment
    except BadSetting as unreadable:
        return [unreadable]
    values, found = {}, []
    for setting in SETTINGS:
        try:
            values[setting.name] = setting.read(env)
        except BadSetting as wrong:
            found.append(wrong)
    return found or list(_misfits(values, env))


def named_generation(environment: Mapping[str, str] | None = None) -> Account | None:
    """Which generation of VBot's API the environment names, for who asks VBot nothing; None where it names none."""
    env = read_environment() if environment is None else environment
    generation = (env.get("VBOT_API") or ("v1" if env.get("VBOT_URL") else "")).strip()
    if generation not in GENERATIONS:
        return None
    return Account(url="", generation=generation, v3_paths="old" if env.get("VBOT_V3_PATHS") == "old" else "new")


def _misfits(values: Mapping[str, Any], env: Mapping[str, str]) -> Iterator[BadSetting]:
    """What is wrong with settings that are well by themselves, but not together."""
    if values["DATABASE_URL"].startswith("sqlite") and env.get("DYNO"):
        yield BadSetting(
            "DATABASE_URL names SQLite, but a dyno's disk forgets: add a Postgres and set its address",
            "DATABASE_URL là SQLite, nhưng đĩa của dyno không lưu lâu dài: hãy thêm Postgres và đặt địa chỉ của nó",
        )
    if values["DATABASE_DIRECT_URL"] and values["DATABASE_URL"].startswith("sqlite"):
        yield BadSetting(
            "DATABASE_DIRECT_URL names Postgres, and DATABASE_URL SQLite: take one away",
            "DATABASE_DIRECT_URL là Postgres, còn DATABASE_URL là SQLite: hãy bỏ một trong hai",
        )
    if values["OIDC_ISSUER"]:
        for name in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"):
            if not values[name]:
                yield BadSetting(
                    f"{name} is not set: OIDC_ISSUER needs it, and the provider shows it for the client made there",
                    f"{name} chưa được đặt: OIDC_ISSUER cần nó; nhà cung cấp hiện nó ở client mà bạn đã tạo",
                )
    if values["VBOT_URL"]:
        yield from _vbot_misfits(values)


def _vbot_misfits(values: Mapping[str, Any]) -> Iterator[BadSetting]:
    generation, token = values["VBOT_API"], values["VBOT_TOKEN"]
    if generation == "v3" and not token:
        yield BadSetting(
            "VBOT_TOKEN is not set: with VBOT_API=v3 write VBot's key; a name and password do not serve",
            "VBOT_TOKEN chưa được đặt: với VBOT_API=v3 hãy viết khóa của VBot; tên và mật khẩu không dùng được",
        )
    elif not token and not (values["VBOT_USERNAME"] and values["VBOT_PASSWORD"]):
        yield BadSetting(
            "VBOT_TOKEN is not set: write VBot's token, or VBOT_USERNAME and VBOT_PASSWORD",
            "VBOT_TOKEN chưa được đặt: hãy viết token của VBot, hoặc VBOT_USERNAME và VBOT_PASSWORD",
        )
    if token and not re.fullmatch(r"[\x21-\x7e]+", token):
        yield BadSetting(
            "VBOT_TOKEN holds what no token does, a blank or a letter with an accent: copy it again",
            "VBOT_TOKEN có ký tự mà token không có, như dấu cách hay chữ có dấu: hãy chép lại",
        )
    for name in ("VBOT_ID", "VBOT_PROJECT_CODE"):
        if generation != "v3" and not values[name]:
            yield BadSetting(
                f"{name} is not set: VBot needs it with VBOT_API={generation}",
                f"{name} chưa được đặt: VBot cần nó với VBOT_API={generation}",
            )


def _openid(values: Mapping[str, Any]) -> OpenId | None:
    if not values["OIDC_ISSUER"]:
        return None
    return OpenId(
        values["OIDC_ISSUER"], values["OIDC_CLIENT_ID"], values["OIDC_CLIENT_SECRET"], values["OIDC_ROLE_CLAIM"]
    )


def _account(values: Mapping[str, Any]) -> Account | None:
    if not values["VBOT_URL"]:
        return None
    return Account(
        url=values["VBOT_URL"],
        generation=values["VBOT_API"],
        token=values["VBOT_TOKEN"],
        username=values["VBOT_USERNAME"],
        password=values["VBOT_PASSWORD"],
        vbot_id=values["VBOT_ID"] or "",
        project_code=values["VBOT_PROJECT_CODE"] or "",
        v3_paths=values["VBOT_V3_PATHS"],
    )
