"""The environment, read once into a frozen Config, or one line that says what to write."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

from bridge.core.model import BadSetting
from bridge.core.schedule import parse_duration
from bridge.vbot import Account

GENERATIONS = ("v1", "v2", "v3")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
# A record may be written only when the call has ended, and calls may be long.
LEAST_SILENCE = timedelta(hours=1)


@dataclass(frozen=True, repr=False)
class Config:
    """Every setting of the bridge (contract, section 3). `account` is None while VBot is not configured."""

    database_url: str
    secret_keys: tuple[str, ...]
    port: int
    web_concurrency: int
    worker_threads: int
    generation: str
    v3_paths: Literal["new", "old"]
    account: Account | None
    hotline: str | None
    webhook_auth: str | None
    api_token: str | None
    config_files: tuple[str, ...]
    max_calls_per_day: int | None
    retention_days: int | None
    alarm_url: str | None
    trust_silence: timedelta | None
    balance_alarm: int | None
    log_level: str
    environment: Mapping[str, str]

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def shown_account(self) -> Account:
        """The account or, while VBot is not configured, nobody's: to show what the generation's requests are like."""
        return self.account or Account("https://vbot.invalid", self.generation, "", v3_paths=self.v3_paths)


def read_config(environment: Mapping[str, str] | None = None) -> Config:
    """The settings of this process. BadSetting names the first that is missing or wrong and says what to write."""
    env = {key: value.strip() for key, value in (os.environ if environment is None else environment).items()}
    database_url = env.get("DATABASE_URL") or "sqlite:///bridge.db"
    if not database_url.startswith(("sqlite:///", "postgres://", "postgresql://")):
        raise BadSetting("DATABASE_URL must begin with sqlite:///, postgres:// or postgresql://")
    if database_url.startswith("sqlite") and env.get("DYNO"):
        raise BadSetting("DATABASE_URL names SQLite, but a dyno's disk forgets: add a Postgres and set its address")
    log_level = (env.get("LOG_LEVEL") or "INFO").upper()
    if log_level not in LOG_LEVELS:
        raise BadSetting(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}")
    generation, v3_paths = _generation(env)
    return Config(
        database_url=database_url,
        secret_keys=_secret_keys(env),
        port=_number(env, "PORT", 8000, 1, 65535) or 8000,
        web_concurrency=_number(env, "WEB_CONCURRENCY", 2, 1, 64) or 2,
        worker_threads=_number(env, "WORKER_THREADS", 16, 1, 256) or 16,
        generation=generation,
        v3_paths=v3_paths,
        account=_account(env, generation, v3_paths),
        hotline=env.get("VBOT_HOTLINE") or None,
        webhook_auth=_webhook_auth(env),
        api_token=env.get("API_TOKEN") or None,
        config_files=tuple((env.get("BRIDGE_CONFIG") or "").replace(",", " ").split()),
        max_calls_per_day=_number(env, "MAX_CALLS_PER_DAY", None, 0, 10**9),
        retention_days=_number(env, "RETENTION_DAYS", None, 1, 36500),
        alarm_url=_web_address(env, "ALARM_URL"),
        trust_silence=_silence(env),
        balance_alarm=_number(env, "VBOT_BALANCE_ALARM", None, 0, 10**12),
        log_level=log_level,
        environment=env,
    )


def spoken_account(environment: Mapping[str, str] | None = None) -> Account | None:
    """Which generation of VBot's API the environment names, for who asks VBot nothing; None where it names none."""
    env = os.environ if environment is None else environment
    generation = (env.get("VBOT_API") or ("v1" if env.get("VBOT_URL") else "")).strip()
    if generation not in GENERATIONS:
        return None
    return Account(url="", generation=generation, v3_paths="old" if env.get("VBOT_V3_PATHS") == "old" else "new")


def _secret_keys(env: Mapping[str, str]) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in (env.get("BRIDGE_SECRET_KEY") or "").split(",") if key.strip())
    if not keys:
        raise BadSetting("BRIDGE_SECRET_KEY is not set: write any text of 32 characters or more, and keep it")
    if any(len(key) < 32 for key in keys):
        raise BadSetting("BRIDGE_SECRET_KEY is too short: each key needs 32 characters or more, without a comma")
    return keys


def _generation(env: Mapping[str, str]) -> tuple[str, Literal["new", "old"]]:
    generation = env.get("VBOT_API") or "v1"
    if generation not in GENERATIONS:
        raise BadSetting(f"VBOT_API must be one of {', '.join(GENERATIONS)}")
    paths = env.get("VBOT_V3_PATHS") or "new"
    if paths not in ("new", "old"):
        raise BadSetting("VBOT_V3_PATHS must be new or old")
    return generation, "old" if paths == "old" else "new"


def _account(env: Mapping[str, str], generation: str, v3_paths: Literal["new", "old"]) -> Account | None:
    url = env.get("VBOT_URL")
    if not url:
        return None
    if not _is_base_address(url):
        raise BadSetting("VBOT_URL must be an address such as https://host/path, without a user, ? or #")
    token, username, password = env.get("VBOT_TOKEN"), env.get("VBOT_USERNAME"), env.get("VBOT_PASSWORD")
    if generation == "v3" and not token:
        raise BadSetting("VBOT_TOKEN is not set: with VBOT_API=v3 write VBot's key; a name and password do not serve")
    if not token and not (username and password):
        raise BadSetting("VBOT_TOKEN is not set: write VBot's token, or VBOT_USERNAME and VBOT_PASSWORD")
    if token and not re.fullmatch(r"[\x21-\x7e]+", token):
        raise BadSetting("VBOT_TOKEN holds what no token does, a blank or a letter with an accent: copy it again")
    for name in ("VBOT_ID", "VBOT_PROJECT_CODE"):
        if generation != "v3" and not env.get(name):
            raise BadSetting(f"{name} is not set: VBot needs it with VBOT_API={generation}")
    return Account(
        url=url,
        generation=generation,
        token=token or None,
        username=username or None,
        password=password or None,
        vbot_id=env.get("VBOT_ID") or "",
        project_code=env.get("VBOT_PROJECT_CODE") or "",
        v3_paths=v3_paths,
    )


def _webhook_auth(env: Mapping[str, str]) -> str | None:
    value = env.get("VBOT_WEBHOOK_AUTH")
    if value and not re.fullmatch(r"[\x20-\x7e]+", value):
        raise BadSetting("VBOT_WEBHOOK_AUTH holds what no header can: write plain letters, digits and signs")
    return value or None


def _silence(env: Mapping[str, str]) -> timedelta | None:
    text = env.get("VBOT_TRUST_SILENCE")
    if not text:
        return None
    try:
        silence = parse_duration(text)
    except ValueError:
        silence = timedelta(0)
    if silence < LEAST_SILENCE:
        raise BadSetting(
            "VBOT_TRUST_SILENCE must be a duration of at least 1h, such as 2h; unset, silence proves nothing"
        )
    return silence


def _is_base_address(url: str) -> bool:
    return _is_address(url) and not set(url) & set("?#@")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_plain = re.fullmatch(r"[\x21-\x7e]+", url)
    return bool(is_plain and has_port and parts.scheme in ("http", "https") and parts.hostname)


def _web_address(env: Mapping[str, str], name: str) -> str | None:
    url = env.get(name)
    if url and not _is_address(url):
        raise BadSetting(f"{name} must be an address such as https://host/path")
    return url or None


def _number(env: Mapping[str, str], name: str, default: int | None, least: int, most: int) -> int | None:
    text = env.get(name)
    if not text:
        return default
    if not re.fullmatch("[0-9]{1,12}", text) or not least <= int(text) <= most:
        raise BadSetting(f"{name} must be a whole number from {least} to {most}")
    return int(text)
