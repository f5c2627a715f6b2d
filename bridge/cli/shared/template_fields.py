"""Custom fields as `check`, `apply`, `fields` and `doctor` ask for them: from VBot, else the last known ones."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from bridge.cli.shared.database import Opened, need_account, now, open_client
from bridge.cli.shared.language import say
from bridge.cli.shared.rules.together import why_not_together
from bridge.core.model import BadSetting, Json, StoreDown
from bridge.monitor.templates import Fields, ask_fields
from bridge.rules.custom_fields import misfits
from bridge.settings import Config
from bridge.store import Store, open_store, read_schema
from bridge.store.configuration.documents import read_documents
from bridge.store.configuration.templates import learn_template, read_templates

if TYPE_CHECKING:
    from bridge.configuration.files import Configuration
    from bridge.configuration.lint import Finding

VBOT_SECONDS = 15


def last_known(config: Config) -> Mapping[str, Any]:
    """Each template as VBot last gave it, `read_templates`; none where there is no database."""
    with suppress(BadSetting, StoreDown), _database(config) as store:
        if store is not None:
            with store.read() as conn:
                return read_templates(conn)
    return {}


def keep_fields(config: Config, code: str, fields: list[Json]) -> str | None:
    """Store what VBot gave, as the worker does; what is new of it (`learn_template`). None without a database."""
    with suppress(BadSetting, StoreDown), _database(config) as store:
        if store is not None:
            with store.write() as conn:
                return learn_template(conn, code, fields, now())
    return None


@contextmanager
def _database(config: Config) -> Iterator[Store | None]:
    """None where there is none, or of another release."""
    store = open_store(config.database_url, 1, pooled=config.is_pooled)
    if store.path is not None and not store.path.exists():
        yield None
        return
    with closing(store):
        with store.read() as conn:
            usable = read_schema(conn).usable
        yield store if usable else None


def fetch_fields(opened: Opened) -> None:
    """After an apply: each template's custom fields are read from VBot and stored, and each rule is checked by them."""
    with opened.store.read() as conn:
        rules = read_documents(conn)["rules"]
        known = read_templates(conn)
    if opened.config.account is None:
        say(
            "cảnh báo: VBOT_URL chưa được đặt nên chưa lấy được trường tùy chỉnh của các kịch bản",
            "warning: VBOT_URL is not set: the templates' custom fields were not fetched",
        )
        return
    client = open_client(opened)
    answers = {
        code: ask_fields(client, code, known, now(), time.monotonic() + VBOT_SECONDS)
        for code in dict.fromkeys(rule["template"] for rule in rules)
    }
    with opened.store.write() as conn:
        for code, one in answers.items():
            if one.received is not None:
                learn_template(conn, code, one.received, now())
    for code, one in answers.items():
        if one.warning:
            say(f"cảnh báo: kịch bản {code}: {one.vietnamese}", f"warning: template {code}: {one.warning}")
    for rule in rules:
        found = misfits(rule.get("datas", {}), rule["template"], answers[rule["template"]].fields)
        for misfit in found:
            wrong = f"{rule['rule']}: datas.{misfit.key} {misfit.problem}"
            say(f"cảnh báo: quy tắc {wrong}", f"warning: rule {wrong}")
        if found and rule.get("enabled", True):
            name = rule["rule"]
            say(
                f"cảnh báo: quy tắc {name}: các cuộc gọi của nó chờ đến khi sửa xong",
                f"warning: rule {name}: its calls wait until this is mended",
            )
        why = why_not_together(rule, answers[rule["template"]].fields, opened.config.account)
        if why is not None:
            say(f"cảnh báo: quy tắc {rule['rule']}: batch: {why}", f"warning: rule {rule['rule']}: batch: {why}")


def check_fields(config: Config, configuration: Configuration) -> Iterator[Finding]:
    """An error for each template that VBot does not know, and for each key that it would not take, or misses."""
    from bridge.vbot.client import Client  # noqa: PLC0415

    client = Client(need_account(config))
    known = last_known(config)
    answers: dict[str, Fields] = {}
    for rule, spot in configuration.each("rules"):
        code = rule["template"]
        first = code not in answers
        if first:
            answers[code] = ask_fields(client, code, known, now(), time.monotonic() + VBOT_SECONDS)
        one = answers[code]
        place = spot.below("template")
        if one.error is not None and (one.fields is None or one.error.code == "vbot_refused"):
            yield place.finding(f"VBot does not tell its custom fields ({one.error.message})")
            continue
        if one.warning and first:
            yield place.finding(one.warning, warning=True)
        for misfit in misfits(rule.get("datas", {}), code, one.fields):
            yield spot.below("datas", misfit.key).finding(misfit.problem)
        why = why_not_together(rule, one.fields, need_account(config))
        if why is not None:
            yield spot.below("batch").finding(why, warning=True)
