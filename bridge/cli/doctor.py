"""doctor: what is well, what is not, and how to mend it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlsplit

import click

from bridge.cli.shared import template_fields
from bridge.cli.shared.arguments import as_json
from bridge.cli.shared.command import command
from bridge.cli.shared.database import now
from bridge.cli.shared.language import text
from bridge.cli.shared.printing import clean, local_time, print_json
from bridge.cli.shared.template_fields import last_known
from bridge.configuration.source_flaws import SHARED, flaws_of, shared_secrets
from bridge.core.model import BadSetting, Json, StoreDown
from bridge.core.reasons import sentence
from bridge.monitor.alarms import describe, find_alarm
from bridge.monitor.source_health import describe_misaddressed
from bridge.monitor.templates import age_of, ask_fields
from bridge.rules.custom_fields import misfits, same_fields
from bridge.rules.rule import Rule
from bridge.settings import ENV_FILE, Config, read_config, wrong_settings
from bridge.store import (
    HINT_CONNECTIONS,
    WEB_CONNECTIONS,
    WORKER_CONNECTIONS,
    Connection,
    Seal,
    Store,
    database_now,
    make_seal,
    open_store,
    read_schema,
)
from bridge.store.configuration.catalog import Catalog, Catalogs
from bridge.store.configuration.keys import need_key
from bridge.store.configuration.outline import read_outline
from bridge.store.db.postgres import STATEMENT_SECONDS, read_limit
from bridge.store.operation.alarms import list_alarms
from bridge.store.operation.workers import WORKER_SILENCE, last_beat
from bridge.store.reports.balance import read_balance
from bridge.store.reports.counts import RECENT, count_connections, methods_not_cod, unknown_states
from bridge.store.shops.refusals import read_refusals
from bridge.vbot import VBotError
from bridge.vbot.client import Client

GROUP = "look"
HELP = (
    "Khám cài đặt, cơ sở dữ liệu, đồng hồ, worker, VBot, kịch bản và nguồn; nói cách sửa những gì hỏng.",
    "Look at settings, database, clock, worker, VBot, templates and sources; say how to mend what is wrong.",
)

VBOT_SECONDS = 10
SPARE_CONNECTIONS = 2  # of a release, and of a person's console
FREE_LEAST, FREE_FEW = 100 * 2**20, 2**30
CLOCK_WARN, CLOCK_BAD = timedelta(seconds=5), timedelta(minutes=2)
MIGRATE = "run: python -m bridge migrate"
APPLY = "run: python -m bridge apply FILE"
START_WORKER = "start one: python -m bridge worker"
TOP_UP = "top up the account at VBot; then replay what was refused meanwhile"
CREDENTIALS = "check VBOT_URL, VBOT_API, and VBOT_TOKEN or VBOT_USERNAME and VBOT_PASSWORD"


@dataclass(frozen=True)
class Line:
    """One thing that was looked at. `mend` is blank where nothing is to be done."""

    standing: Literal["ok", "warn", "bad"]
    what: str
    says: str
    mend: str = ""


@command("doctor", HELP)
@as_json
def run(*, as_json: bool) -> int:
    lines = [_one_line(line) for line in _examine()]
    if as_json:
        print_json({"items": [asdict(line) for line in lines], "next": None})
    else:
        for line in lines:
            mend = f"; {line.mend}" if line.mend else ""
            click.echo(f"{line.standing:4}  {line.what}: {line.says}{mend}")
    return 1 if any(line.standing == "bad" for line in lines) else 0


def _examine() -> Iterator[Line]:
    wrong = wrong_settings()
    for problem in wrong:
        yield Line(
            "bad",
            "settings",
            text(problem.vietnamese, str(problem)),
            "set it and run doctor again: nothing else was looked at",
        )
    if wrong:
        return
    config = read_config()
    yield from _settings(config)
    catalog = None
    try:
        store = open_store(config.database_url, 2, pooled=config.is_pooled)
        if store.path is not None and not store.path.exists():
            yield Line("bad", "database", f"there is no file {store.path}", f"check DATABASE_URL, or {MIGRATE}")
        else:
            with store.read() as conn:
                yield from _database(config, store, conn)
                if read_schema(conn).usable:
                    seal = make_seal(config.secret_keys)
                    yield _secrets(conn, seal)
                    catalog = Catalogs(seal).read(conn)
                    yield from _work(conn, catalog)
                    yield from _sources(conn, catalog)
                    yield from _configuration(config, catalog)
            yield from _sessions(store)
            with store.write():
                pass
            yield Line("ok", "database", "can be written")
    except BadSetting as error:
        yield Line("bad", "secrets", text(error.vietnamese, str(error)))
    except StoreDown as error:
        yield Line("bad", "database", f"cannot be used: {text(error.vietnamese, str(error))}")
    yield from _vbot(config, catalog, last_known(config) if catalog else {})


def _secrets(conn: Connection, seal: Seal) -> Line:
    """Which key this is, by its fingerprint, and whether it opens what is stored."""
    try:
        need_key(conn, seal)
    except BadSetting as error:
        return Line("bad", "secrets", str(error))
    return Line("ok", "secrets", f"BRIDGE_SECRET_KEY ({', '.join(seal.fingerprints)}) opens all that are stored")


def _settings(config: Config) -> Iterator[Line]:
    yield Line("ok", "settings", "every setting that is present can be used")
    if ENV_FILE.is_file() and ENV_FILE.stat().st_mode & 0o077:
        yield Line(
            "warn", "settings", "other users of this machine may read .env, which holds secrets", "chmod 600 .env"
        )
    if config.api_token is None:
        yield Line("warn", "settings", "API_TOKEN is not set, so the API answers nobody", "set it if scripts shall ask")
    if config.trust_silence and config.account and not Client(config.account).has_records:
        says = f"VBOT_TRUST_SILENCE has no effect: VBOT_API={config.account.generation} has no records"
        yield Line("warn", "settings", says, "take it away, or change to v3")


def _database(config: Config, store: Store, conn: Connection) -> Iterator[Line]:
    schema = read_schema(conn)
    if schema.usable:
        yield Line("ok", "database", f"schema {schema.revision}")
    elif schema.standing == "newer":
        yield Line("bad", "database", f"schema {schema.revision} is newer than this code", "deploy the newer release")
    else:
        yield Line("bad", "database", f"the schema is {schema.standing}", MIGRATE)
    if store.path is not None:
        free = shutil.disk_usage(store.path.absolute().parent).free
        size = store.path.stat().st_size
        standing: Literal["ok", "warn", "bad"] = "bad" if free < FREE_LEAST else "warn" if free < FREE_FEW else "ok"
        mend = "" if standing == "ok" else "make room: a full disk takes no order"
        yield Line(standing, "disk", f"{store.path} has {size >> 20} MB, and {free >> 20} MB are free", mend)
        if store.path.stat().st_mode & 0o077:
            yield Line("warn", "database", f"others on this machine may read {store.path}", f"chmod 600 {store.path}")
        yield Line("ok", "clock", "this machine's; on SQLite there is no other")
        return
    yield _connections(config, conn)
    off = abs(database_now(conn, ours := now()) - ours)
    standing = "bad" if off > CLOCK_BAD else "warn" if off > CLOCK_WARN else "ok"
    mend = "" if standing == "ok" else "let this machine set its clock by the network (NTP)"
    yield Line(standing, "clock", f"{off.total_seconds():.1f} s from the database's", mend)


def _sessions(store: Store) -> Iterator[Line]:
    """Whether our limits of time hold at the server, which a pooler may have kept from it."""
    if not store.is_postgres:
        return
    try:
        store.need_sessions()
    except BadSetting as error:
        yield Line("bad", "pooler", text(error.vietnamese, str(error)))
        return
    with store.read() as conn:
        limit = read_limit(conn)
    if limit == f"{STATEMENT_SECONDS}s":
        yield Line("ok", "time limits", f"the server ends a statement of ours after {limit}")
    else:
        says = f"the server ends a statement of ours after {limit}, and not after {STATEMENT_SECONDS}s"
        yield Line("warn", "time limits", says, "let the pooler pass SET on, or write a direct address")


def _connections(config: Config, conn: Connection) -> Line:
    """Whether the web, one worker, a release and a console find room beside whatever else uses the server."""
    found = count_connections(conn)
    ours = config.web_concurrency * WEB_CONNECTIONS + WORKER_CONNECTIONS + HINT_CONNECTIONS
    says = f"{found.used} of {found.most} in use; the web and one worker hold at most {ours}"
    if found.most - found.others >= ours + SPARE_CONNECTIONS:
        return Line("ok", "connections", says)
    mend = "lower WEB_CONCURRENCY, or take a larger plan: a release and a console need one each beside them"
    return Line("warn", "connections", f"{says}, others {found.others}", mend)


def _work(conn: Connection, catalog: Catalog) -> Iterator[Line]:
    at = database_now(conn, now())
    balance = read_balance(conn, at - timedelta(days=1), read_outline(conn).topics(), at)
    beat = last_beat(conn)
    if balance["worker_beats"]:
        yield Line("ok", "worker", f"beats, last at {local_time(beat)}")
    else:
        last = f"none has beaten for {WORKER_SILENCE.total_seconds():.0f} s: nobody will be called"
        work = " and work waits" if balance["work_waits"] else ""
        yield Line("bad", "worker", last + work, START_WORKER)
    for alarm in list_alarms(conn):
        opened = local_time(datetime.fromisoformat(alarm["opened_at"]))
        found = find_alarm(alarm["key"])
        says = f"open since {opened}; {describe(alarm['key'], alarm['facts'])[1]}"
        if alarm["key"] == "records_differ":
            says += f": {_difference(alarm['facts'])}"
        yield Line("bad", f"alarm {alarm['key']}", says, found.mend[1] if found else "see the log")
    if balance["unexplained_total"]:
        kinds = ", ".join(f"{count} {kind}" for kind, count in balance["unexplained"].items() if count)
        yield Line("bad", "balance", f"unexplained: {kinds}", "see: python -m bridge balance")
    for (kind, name), reason in sorted(catalog.pauses.items()):
        flag = "" if kind == "all" else f" --{kind} {name}"
        because = f" ({reason})" if reason else ""
        yield Line("warn", "pause", f"{name or 'all calls'} paused{because}", f"end it: python -m bridge resume{flag}")


def _sources(conn: Connection, catalog: Catalog) -> Iterator[Line]:
    """What came and was refused, was read with a doubt, or reached no source; and whose secret is another's too."""
    for name, other in shared_secrets(catalog.sources.values()):
        yield Line("warn", f"source {name}", SHARED.format(other=other), f"mend its entry, and {APPLY}")
    since = database_now(conn, now()) - RECENT
    for row in read_refusals(conn):
        says = f"{row['count']} deliveries refused, last at {local_time(row['last_at'])}"
        yield Line("warn", f"source {row['source']}", says, sentence(row["reason"], "en"))
    for source_id, methods in sorted(methods_not_cod(conn, since).items()):
        for method, orders in methods.items():
            says = sentence("method_not_cod", "en", method=method, orders=orders)
            yield Line("warn", f"source {source_id}", says)
    for source_id, states in sorted(unknown_states(conn, since).items()):
        for state, orders in states.items():
            yield Line("warn", f"source {source_id}", sentence("state_unknown", "en", state=state, orders=orders))
    for row in describe_misaddressed(conn, catalog):
        says = f"{sentence(row['reason'], 'en', **row)} Last at {local_time(row['last_at'])}"
        yield Line("warn", f"address {row['address']}", says)


def _difference(facts: dict[str, Json]) -> str:
    theirs, ours = facts["external_call_ids"], facts["calls"]
    only_there = f"{facts['only_at_vbot']} call(s) that only VBot knows ({', '.join(theirs)})" if theirs else ""
    only_here = f"{facts['only_here']} that only we know (calls {', '.join(map(str, ours))})" if ours else ""
    return ", ".join(filter(None, (only_there, only_here)))


def _configuration(config: Config, catalog: Catalog) -> Iterator[Line]:
    if not catalog.sources:
        yield Line("warn", "sources", "there is none", APPLY)
    for source in catalog.sources.values():
        if catalog.shop(source.id) is None:
            says = f"its platform {source.platform} is not in this version"
            yield Line("bad", f"source {source.id}", says, "see: python -m bridge check FILE")
        elif not source.enabled:
            yield Line("warn", f"source {source.id}", "is switched off", f"set enabled: true, and {APPLY}")
        for _, flaw in flaws_of(source, now()) if source.enabled else ():
            yield Line("warn", f"source {source.id}", flaw, f"mend its entry, and {APPLY}")
    enabled = [rule for rule in catalog.rules if rule.enabled]
    if not enabled:
        yield Line("warn", "rules", "none is enabled: nobody will be called", APPLY)
    for rule in enabled:
        if rule.hotline is None and config.hotline is None:
            yield Line("bad", f"rule {rule.name}", "has no hotline", "name one in the rule, or set VBOT_HOTLINE")
    if catalog.sources and enabled:
        yield Line("ok", "configuration", f"{len(catalog.sources)} source(s), {len(enabled)} enabled rule(s)")


def _vbot(config: Config, catalog: Catalog | None, known: Mapping[str, Any]) -> Iterator[Line]:
    if config.account is None:
        yield Line("bad", "VBot", "VBOT_URL is not set: nobody can be called", "write the address of VBot's API")
        return
    if _is_open(config.account.url):
        says = "VBOT_URL begins with http://: the token and every phone number cross the network in clear"
        yield Line("warn", "VBot", says, "write https://")
    client = Client(config.account)
    failure = client.prepare(time.monotonic() + VBOT_SECONDS)
    if failure is not None:
        yield Line("bad", "VBot", sentence(failure.detail, "en"), CREDENTIALS)
        yield from _old_templates(catalog, known)
        return
    try:
        hotlines = {str(line["hotline_code"]) for line in client.hotlines(time.monotonic() + VBOT_SECONDS)}
    except VBotError as error:
        yield Line("bad", "VBot", f"{error.message} ({error.code})", CREDENTIALS)
        yield from _old_templates(catalog, known)
        return
    yield Line("ok", "VBot", "can be reached and takes the credentials")
    yield from _hotlines(config, catalog, hotlines)
    yield from _balance(client, config.balance_alarm)
    if catalog is not None:
        yield from _templates(client, catalog, known)


def _is_open(url: str) -> bool:
    """Whether requests leave this machine unencrypted."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost")


def _hotlines(config: Config, catalog: Catalog | None, known: set[str]) -> Iterator[Line]:
    rules = catalog.rules if catalog else ()
    named = {config.hotline, *(rule.hotline for rule in rules if rule.enabled)}
    for code in sorted(code for code in named if code):
        if code in known:
            yield Line("ok", f"hotline {code}", "VBot knows it")
        elif not known:
            yield Line("warn", f"hotline {code}", "VBot lists no hotline at all", "see whether VBot's page shows it")
        else:
            there = ", ".join(sorted(known)) or "none"
            yield Line("bad", f"hotline {code}", f"VBot does not list it; it lists {there}", "write one of those")


def _templates(client: Client, catalog: Catalog, known: Mapping[str, Any]) -> Iterator[Line]:
    for code in sorted({rule.template for rule in catalog.rules if rule.enabled}):
        answer = ask_fields(client, code, known, now(), time.monotonic() + template_fields.VBOT_SECONDS)
        if answer.error is not None or answer.warning:
            mend = "check the rule's template in VBot"
            yield Line("bad" if answer.error else "warn", f"template {code}", answer.warning or "", mend)
        elif answer.fields is None:
            yield Line("warn", f"template {code}", "VBot lists no custom field for it", "see VBot's page")
        elif code not in catalog.templates:
            yield Line("warn", f"template {code}", "its custom fields were never fetched", APPLY)
        elif not same_fields(answer.fields, catalog.templates[code]):
            says = f"its custom fields changed at VBot since they were fetched {age_of(known[code], now())}"
            yield Line("warn", f"template {code}", says, APPLY)
        else:
            yield Line("ok", f"template {code}", f"its custom fields are known and fresh {age_of(known[code], now())}")
        for rule in catalog.rules:
            if rule.enabled and rule.template == code:
                yield from _misfits(rule, answer.fields)


def _old_templates(catalog: Catalog | None, known: Mapping[str, Any]) -> Iterator[Line]:
    """What serves while VBot cannot be asked."""
    for code in sorted({rule.template for rule in catalog.rules if rule.enabled} & known.keys() if catalog else ()):
        says = f"the last known custom fields serve {age_of(known[code], now())}"
        yield Line("warn", f"template {code}", says, "they are asked for again as soon as VBot answers")


def _misfits(rule: Rule, fields: list[Json] | None) -> Iterator[Line]:
    for misfit in misfits(rule.document.get("datas", {}), rule.template, fields):
        says = f"datas.{misfit.key} {misfit.problem}; its calls wait"
        yield Line("bad", f"rule {rule.name}", says, f"mend it in the file, and {APPLY}")


def _balance(client: Client, limit: int | None) -> Iterator[Line]:
    if not client.has_balance:
        if limit is not None:
            says = "VBOT_BALANCE_ALARM has no effect: this generation of VBot's API tells no balance"
            yield Line("warn", "VBot balance", says, "look at VBot's page, or set VBOT_API=v3 where you can")
        return
    try:
        left = client.balance(time.monotonic() + VBOT_SECONDS)
    except VBotError as error:
        yield Line("warn", "VBot balance", f"not told: {error.message}", "look at VBot's page")
        return
    low = left <= 0 or (limit is not None and left < limit)
    alarm = "" if limit is None else f", the alarm is below {limit}"
    yield Line("bad" if low else "ok", "VBot balance", f"{left:f} dong{alarm}", TOP_UP if low else "")


def _one_line(line: Line) -> Line:
    return Line(line.standing, *(clean(" ".join(text.split())) for text in (line.what, line.says, line.mend)))
