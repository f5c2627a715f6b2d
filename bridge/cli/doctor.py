"""doctor: what is well, what is not, and how to mend it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import click

from bridge.cli.shared import template_fields
from bridge.cli.shared.arguments import as_json
from bridge.cli.shared.command import command
from bridge.cli.shared.database import need_one_database, now, open_for_command
from bridge.cli.shared.language import current_language, text
from bridge.cli.shared.printing import clean, coloured, local_time, print_json
from bridge.cli.shared.template_fields import last_known
from bridge.configuration.source_flaws import SHARED, flaws_of, shared_secrets
from bridge.core.model import BadSetting, Json, Source, StoreDown
from bridge.core.reasons import sentence
from bridge.core.words import UNEXPLAINED
from bridge.monitor.alarms import describe, find_alarm
from bridge.monitor.source_health import describe_misaddressed
from bridge.monitor.templates import Fields, age_of, ask_fields
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
    read_schema,
)
from bridge.store.configuration.catalog import Catalog, Catalogs
from bridge.store.configuration.keys import need_key
from bridge.store.configuration.outline import read_outline
from bridge.store.operation.alarms import list_alarms
from bridge.store.operation.workers import WORKER_SILENCE, last_beat
from bridge.store.people.api_tokens import list_tokens
from bridge.store.reports.balance import read_balance
from bridge.store.reports.counts import RECENT, count_connections, methods_not_cod, unknown_states
from bridge.store.shops.parcels import count_joined
from bridge.store.shops.refusals import read_refusals
from bridge.vbot import Account, VBotError

if TYPE_CHECKING:
    from bridge.core.platform import Refusal, WriteBack
    from bridge.vbot.client import Client

GROUP = "look"
HELP = (
    "Khám cài đặt, cơ sở dữ liệu, đồng hồ, worker, VBot, kịch bản và nguồn; nói cách sửa những gì hỏng.",
    "Look at settings, database, clock, worker, VBot, templates and sources; say how to mend what is wrong.",
)

VBOT_SECONDS = 10
SHOP_SECONDS = 10
SOON = timedelta(days=14)  # to change a program's token in
SPARE_CONNECTIONS = 2  # of a release, and of a person's console
FREE_LEAST, FREE_FEW = 100 * 2**20, 2**30
CLOCK_WARN, CLOCK_BAD = timedelta(seconds=5), timedelta(minutes=2)
APPLY = "apply FILE"
# What JSON says in English words, in Vietnamese.
STANDINGS: Mapping[str, str] = {"ok": "tốt", "warn": "chú ý", "bad": "hỏng"}
KINDS: Mapping[str, str] = {
    "settings": "cài đặt",
    "database": "cơ sở dữ liệu",
    "secrets": "khóa bí mật",
    "disk": "ổ đĩa",
    "clock": "đồng hồ",
    "time limits": "giới hạn thời gian",
    "connections": "kết nối",
    "alarm": "cảnh báo",
    "balance": "đối soát",
    "pause": "tạm dừng",
    "sources": "nguồn",
    "source": "nguồn",
    "address": "địa chỉ",
    "rules": "quy tắc",
    "rule": "quy tắc",
    "configuration": "cấu hình",
    "hotline": "đầu số",
    "template": "kịch bản",
    "VBot balance": "số dư VBot",
}


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
            standing = coloured(f"{text(STANDINGS[line.standing], line.standing):5}", line.standing)
            # What is said may be a whole sentence; how to mend it goes on from there.
            says = f"{line.says.removesuffix('.')}; {line.mend}" if line.mend else line.says
            click.echo(f"{standing} {_what(line.what)}: {says}")
    return 1 if any(line.standing == "bad" for line in lines) else 0


def _what(what: str) -> str:
    """What was looked at, with its name, in the language of the command."""
    kind = max((kind for kind in KINDS if f"{what} ".startswith(f"{kind} ")), key=len, default=what)
    return text(KINDS.get(kind, kind), kind) + what.removeprefix(kind)


def _run(command: str) -> str:
    return text(f"hãy chạy: python -m bridge {command}", f"run: python -m bridge {command}")


def _age(row: Any) -> str:
    return age_of(row, now(), current_language())


def _credentials() -> str:
    return text(
        "hãy xem lại VBOT_URL, VBOT_API, và VBOT_TOKEN hoặc VBOT_USERNAME cùng VBOT_PASSWORD",
        "check VBOT_URL, VBOT_API, and VBOT_TOKEN or VBOT_USERNAME and VBOT_PASSWORD",
    )


def _examine() -> Iterator[Line]:
    wrong = wrong_settings()
    again = text("sửa rồi chạy lại doctor: chưa xem gì khác", "set it and run doctor again: nothing else was looked at")
    for problem in wrong:
        yield Line("bad", "settings", text(problem.vietnamese, str(problem)), again)
    if wrong:
        return
    config = read_config()
    yield from _settings(config)
    catalog = None
    try:
        store = open_for_command(config, 2)
        if store.path is not None and not store.path.exists():
            mend = text("xem lại DATABASE_URL, hoặc ", "check DATABASE_URL, or ") + _run("migrate")
            yield Line("bad", "database", text(f"không có tệp {store.path}", f"there is no file {store.path}"), mend)
        else:
            with store.read() as conn:
                yield from _database(config, store, conn)
                if read_schema(conn).usable:
                    yield _secrets(conn, make_seal(config.secret_keys))
                    catalog = Catalogs(make_seal(config.secret_keys)).read(conn)
                    for lines in (_work(conn, catalog), _sources(conn, catalog), _configuration(config, catalog)):
                        yield from lines
            yield from chain(_write_backs(store, catalog), _sessions(config, store))
            with store.write():
                pass
            yield Line("ok", "database", text("ghi được", "can be written"))
    except BadSetting as error:
        yield Line("bad", "secrets", text(error.vietnamese, str(error)))
    except StoreDown as error:
        says = text(f"không dùng được: {error.vietnamese}", f"cannot be used: {error}")
        yield Line("bad", "database", says)
    yield from _vbot(config, catalog, last_known(config) if catalog else {})


def _secrets(conn: Connection, seal: Seal) -> Line:
    """Which key this is, by its fingerprint, and whether it opens what is stored."""
    try:
        need_key(conn, seal)
    except BadSetting as error:
        return Line("bad", "secrets", text(error.vietnamese, str(error)))
    key = f"BRIDGE_SECRET_KEY ({', '.join(seal.fingerprints)})"
    return Line("ok", "secrets", text(f"{key} mở được mọi khóa đã lưu", f"{key} opens all that are stored"))


def _settings(config: Config) -> Iterator[Line]:
    yield Line("ok", "settings", text("mọi cài đặt hiện có đều dùng được", "every setting that is present can be used"))
    if ENV_FILE.is_file() and ENV_FILE.stat().st_mode & 0o077:
        yield Line(
            "warn",
            "settings",
            text(
                "người dùng khác trên máy đọc được .env, nơi có khóa bí mật",
                "other users of this machine may read .env, which holds secrets",
            ),
            "chmod 600 .env",
        )
    if config.api_token is None:
        yield Line(
            "warn",
            "settings",
            text(
                "API_TOKEN chưa đặt: API chỉ trả lời những token đã tạo",
                "API_TOKEN is not set: the API answers only tokens that were made",
            ),
            text("đặt giá trị, hoặc xem: python -m bridge tokens", "set it, or see: python -m bridge tokens"),
        )
    if config.trust_silence and config.account and not _client(config.account).has_records:
        generation = f"VBOT_API={config.account.generation}"
        says = text(
            f"VBOT_TRUST_SILENCE không có tác dụng: {generation} không có lịch sử cuộc gọi",
            f"VBOT_TRUST_SILENCE has no effect: {generation} has no records",
        )
        yield Line("warn", "settings", says, text("bỏ đi, hoặc chuyển sang v3", "take it away, or change to v3"))


def _database(config: Config, store: Store, conn: Connection) -> Iterator[Line]:
    schema = read_schema(conn)
    if schema.usable:
        yield Line("ok", "database", text(f"lược đồ {schema.revision}", f"schema {schema.revision}"))
    elif schema.standing == "newer":
        yield Line(
            "bad",
            "database",
            text(
                f"lược đồ {schema.revision} mới hơn phiên bản này", f"schema {schema.revision} is newer than this code"
            ),
            text("hãy triển khai bản phát hành mới hơn", "deploy the newer release"),
        )
    else:
        yield Line(
            "bad",
            "database",
            text("chưa có lược đồ, hoặc lược đồ đã cũ", f"the schema is {schema.standing}"),
            _run("migrate"),
        )
    if store.path is not None:
        yield from _file(store.path)
        return
    yield _connections(config, conn)
    off = abs(database_now(conn, ours := now()) - ours)
    standing: Literal["ok", "warn", "bad"] = "bad" if off > CLOCK_BAD else "warn" if off > CLOCK_WARN else "ok"
    mend = text("cho máy này chỉnh giờ theo mạng (NTP)", "let this machine set its clock by the network (NTP)")
    seconds = f"{off.total_seconds():.1f} s"
    says = text(f"lệch {seconds} so với cơ sở dữ liệu", f"{seconds} from the database's")
    yield Line(standing, "clock", says, "" if standing == "ok" else mend)


def _file(path: Path) -> Iterator[Line]:
    """The file of SQLite: whether it has room, and who may read it."""
    free = shutil.disk_usage(path.absolute().parent).free
    size = path.stat().st_size
    standing: Literal["ok", "warn", "bad"] = "bad" if free < FREE_LEAST else "warn" if free < FREE_FEW else "ok"
    mend = (
        ""
        if standing == "ok"
        else text("hãy dọn chỗ: đĩa đầy thì không nhận được đơn", "make room: a full disk takes no order")
    )
    says = text(
        f"{path} có {size >> 20} MB, còn trống {free >> 20} MB",
        f"{path} has {size >> 20} MB, and {free >> 20} MB are free",
    )
    yield Line(standing, "disk", says, mend)
    if path.stat().st_mode & 0o077:
        others = text(f"người khác trên máy đọc được {path}", f"others on this machine may read {path}")
        yield Line("warn", "database", others, f"chmod 600 {path}")
    only = text("của máy này; với SQLite không có đồng hồ nào khác", "this machine's; on SQLite there is no other")
    yield Line("ok", "clock", only)


def _sessions(config: Config, store: Store) -> Iterator[Line]:
    """Whether our limits of time hold at the server, which a pooler may have kept from it."""
    if not store.is_postgres:
        return
    from bridge.store.db.postgres import STATEMENT_SECONDS, read_limit  # noqa: PLC0415  SQLite needs no driver of it

    try:
        store.need_sessions()
        need_one_database(config)
    except BadSetting as error:
        yield Line("bad", "pooler", text(error.vietnamese, str(error)))
        return
    with store.read() as conn:
        limit = read_limit(conn)
    if limit == f"{STATEMENT_SECONDS}s":
        yield Line(
            "ok",
            "time limits",
            text(f"máy chủ dừng câu lệnh của bridge sau {limit}", f"the server ends a statement of ours after {limit}"),
        )
    else:
        says = text(
            f"máy chủ dừng câu lệnh của bridge sau {limit}, chứ không phải sau {STATEMENT_SECONDS}s",
            f"the server ends a statement of ours after {limit}, and not after {STATEMENT_SECONDS}s",
        )
        mend = text(
            "cho pooler chuyển tiếp SET, hoặc ghi địa chỉ trực tiếp",
            "let the pooler pass SET on, or write a direct address",
        )
        yield Line("warn", "time limits", says, mend)


def _connections(config: Config, conn: Connection) -> Line:
    """Whether the web, one worker, a release and a console find room beside whatever else uses the server."""
    found = count_connections(conn)
    ours = config.web_concurrency * WEB_CONNECTIONS + WORKER_CONNECTIONS + HINT_CONNECTIONS
    says = text(
        f"đang dùng {found.used} trên {found.most}; web và một worker giữ nhiều nhất {ours}",
        f"{found.used} of {found.most} in use; the web and one worker hold at most {ours}",
    )
    if found.most - found.others >= ours + SPARE_CONNECTIONS:
        return Line("ok", "connections", says)
    mend = text(
        "hãy giảm WEB_CONCURRENCY, hoặc dùng gói lớn hơn: release và console cần thêm mỗi bên một kết nối",
        "lower WEB_CONCURRENCY, or take a larger plan: a release and a console need one each beside them",
    )
    return Line("warn", "connections", says + text(f", nơi khác {found.others}", f", others {found.others}"), mend)


def _work(conn: Connection, catalog: Catalog) -> Iterator[Line]:
    at = database_now(conn, now())
    balance = read_balance(conn, at - timedelta(days=1), read_outline(conn).topics(), at)
    beat = last_beat(conn)
    if balance["worker_beats"]:
        yield Line(
            "ok",
            "worker",
            text(f"đang chạy, tín hiệu gần nhất lúc {local_time(beat)}", f"beats, last at {local_time(beat)}"),
        )
    else:
        seconds = f"{WORKER_SILENCE.total_seconds():.0f} s"
        last = text(
            f"không worker nào có tín hiệu trong {seconds}: sẽ không ai được gọi",
            f"none has beaten for {seconds}: nobody will be called",
        )
        work = text(" mà còn việc đang chờ", " and work waits") if balance["work_waits"] else ""
        yield Line("bad", "worker", last + work, _run("worker"))
    for alarm in list_alarms(conn):
        opened = local_time(datetime.fromisoformat(alarm["opened_at"]))
        found = find_alarm(alarm["key"])
        says = text(f"mở từ {opened}; ", f"open since {opened}; ") + text(*describe(alarm["key"], alarm["facts"]))
        if alarm["key"] == "records_differ":
            says += f": {_difference(alarm['facts'])}"
        yield Line(
            "bad", f"alarm {alarm['key']}", says, text(*found.mend) if found else text("xem nhật ký", "see the log")
        )
    if balance["unexplained_total"]:
        found_kinds = [(kind, count) for kind, count in balance["unexplained"].items() if count]
        kinds = ", ".join(f"{count} {text(UNEXPLAINED[kind], kind)}" for kind, count in found_kinds)
        see = text("xem: python -m bridge balance", "see: python -m bridge balance")
        yield Line("bad", "balance", text(f"không rõ lý do: {kinds}", f"unexplained: {kinds}"), see)
    for (kind, name), reason in sorted(catalog.pauses.items()):
        flag = "" if kind == "all" else f" --{kind} {name}"
        because = f" ({reason})" if reason else ""
        scope = name or text("mọi cuộc gọi", "all calls")
        says = text(f"đang tạm dừng {scope}{because}", f"{scope} paused{because}")
        end = f"python -m bridge resume{flag}"
        yield Line("warn", "pause", says, text(f"gọi tiếp: {end}", f"end it: {end}"))
    yield from _tokens(conn)


def _tokens(conn: Connection) -> Iterator[Line]:
    """Tokens of the API that a program has used, and that end soon or ended of late."""
    at = database_now(conn, now())
    for token in list_tokens(conn):
        ends, used = token.expires_at, token.last_used_at
        if token.revoked_at is not None or ends is None or used is None or not at - SOON < ends < at + SOON:
            continue
        says = text(f"hết hạn lúc {local_time(ends)}", f"ends at {local_time(ends)}")
        if ends <= at:
            says = text(f"đã hết hạn lúc {local_time(ends)}", f"ended at {local_time(ends)}")
        mend = text("tạo token khác cho chương trình đó: ", "make another for that program: ") + _run("tokens add")
        yield Line("warn", f"token {token.name}", says, mend)


def _sources(conn: Connection, catalog: Catalog) -> Iterator[Line]:
    """What came and was refused, was read with a doubt, or reached no source; and whose secret is another's too."""
    mend = text("sửa mục của nguồn, rồi ", "mend its entry, and ") + _run(APPLY)
    for name, other in shared_secrets(catalog.sources.values()):
        shared = text(
            f"nguồn {other} có cùng khóa bí mật nên ai có khóa ấy ký được cho cả hai; hãy đặt cho mỗi nguồn một khóa",
            SHARED.format(other=other),
        )
        yield Line("warn", f"source {name}", shared, mend)
    since = database_now(conn, now()) - RECENT
    for row in read_refusals(conn):
        count, last = row["count"], local_time(row["last_at"])
        says = text(f"{count} tin bị từ chối, gần nhất lúc {last}", f"{count} deliveries refused, last at {last}")
        yield Line("warn", f"source {row['source']}", says, sentence(row["reason"], current_language()))
    for source_id, methods in sorted(methods_not_cod(conn, since).items()):
        for method, orders in methods.items():
            says = sentence("method_not_cod", current_language(), method=method, orders=orders)
            yield Line("warn", f"source {source_id}", says)
    for source_id, states in sorted(unknown_states(conn, since).items()):
        for state, orders in states.items():
            yield Line(
                "warn", f"source {source_id}", sentence("state_unknown", current_language(), state=state, orders=orders)
            )
    for carrier, found in sorted(count_joined(conn, since).items()):
        unjoined = found.parcels - found.joined
        # Some parcels are of orders that nobody sends us; of none at all, the numbers do not meet.
        if unjoined and carrier in catalog.sources:
            says = sentence("parcels_unjoined", current_language(), unjoined=unjoined, parcels=found.parcels)
            yield Line("warn" if found.joined else "bad", f"source {carrier}", says, mend)
    for row in describe_misaddressed(conn, catalog):
        last = local_time(row["last_at"])
        says = sentence(row["reason"], current_language(), **row) + text(f" Gần nhất lúc {last}", f" Last at {last}")
        yield Line("warn", f"address {row['address']}", says)


def _write_backs(store: Store, catalog: Catalog | None) -> Iterator[Line]:
    """Whether the shops to which results are written let us in, and which right that needs."""
    if catalog is None:
        return
    for source in catalog.sources.values():
        shop = catalog.shop(source.id)
        back = shop.platform.write_back if shop else None
        wanted = [rule for rule in catalog.rules if rule.write_back and rule.listens(source.id)]
        if back is None or not wanted or not source.enabled or source.is_locked:
            continue
        rights = text(*back.scopes)
        missing = ", ".join(back.missing(source.settings))
        if missing:
            says = text(f"để ghi kết quả về còn thiếu {missing}", f"to write results back it lacks {missing}")
            yield Line("bad", f"source {source.id}", f"{says} ({rights})", _run(APPLY))
            continue
        refusal = _ask_shop(store, back, source)
        if refusal is None:
            says = text(
                f"cửa hàng cho vào để ghi kết quả về; cần {rights}",
                f"the shop lets us in to write back; needs {rights}",
            )
            yield Line("ok", f"source {source.id}", says)
        else:
            says = sentence(refusal.reason, current_language(), detail=refusal.detail)
            yield Line("bad", f"source {source.id}", says, text(f"cần {rights}", f"needs {rights}"))


def _ask_shop(store: Store, back: WriteBack, source: Source) -> Refusal | None:
    """Why the shop does not let us read what would be written to; None: it does."""
    from bridge.shop_api.tokens import share_tokens  # noqa: PLC0415
    from bridge.shop_api.write import try_to_read  # noqa: PLC0415

    tokens = share_tokens(store, make_seal(read_config().secret_keys), now)
    return try_to_read(back, source, tokens, time.monotonic() + SHOP_SECONDS)


def _difference(facts: dict[str, Json]) -> str:
    theirs, ours = facts["external_call_ids"], facts["calls"]
    at_vbot, here, ids, calls = facts["only_at_vbot"], facts["only_here"], ", ".join(theirs), ", ".join(map(str, ours))
    only_there = (
        text(f"{at_vbot} cuộc gọi chỉ VBot biết ({ids})", f"{at_vbot} call(s) that only VBot knows ({ids})")
        if theirs
        else ""
    )
    only_here = (
        text(f"{here} cuộc chỉ bridge biết (cuộc gọi {calls})", f"{here} that only we know (calls {calls})")
        if ours
        else ""
    )
    return ", ".join(filter(None, (only_there, only_here)))


def _configuration(config: Config, catalog: Catalog) -> Iterator[Line]:
    if not catalog.sources:
        yield Line("warn", "sources", text("chưa có nguồn nào", "there is none"), _run(APPLY))
    for source in catalog.sources.values():
        if catalog.shop(source.id) is None:
            says = text(
                f"phiên bản này không có nền tảng {source.platform}",
                f"its platform {source.platform} is not in this version",
            )
            yield Line("bad", f"source {source.id}", says, _run("check FILE"))
        elif not source.enabled:
            yield Line(
                "warn",
                f"source {source.id}",
                text("đang tắt", "is switched off"),
                text("đặt enabled: true, rồi ", "set enabled: true, and ") + _run(APPLY),
            )
        for _, flaw in flaws_of(source, now()) if source.enabled else ():
            yield Line(
                "warn",
                f"source {source.id}",
                flaw,
                text("sửa mục của nguồn, rồi ", "mend its entry, and ") + _run(APPLY),
            )
    yield from _rules(config, catalog)


def _rules(config: Config, catalog: Catalog) -> Iterator[Line]:
    enabled = [rule for rule in catalog.rules if rule.enabled]
    if not enabled:
        yield Line(
            "warn",
            "rules",
            text("không quy tắc nào đang bật: sẽ không ai được gọi", "none is enabled: nobody will be called"),
            _run(APPLY),
        )
    for rule in enabled:
        if rule.hotline is None and config.hotline is None:
            yield Line(
                "bad",
                f"rule {rule.name}",
                text("chưa có đầu số", "has no hotline"),
                text("ghi đầu số trong quy tắc, hoặc đặt VBOT_HOTLINE", "name one in the rule, or set VBOT_HOTLINE"),
            )
    if catalog.sources and enabled:
        yield Line(
            "ok",
            "configuration",
            text(
                f"{len(catalog.sources)} nguồn, {len(enabled)} quy tắc đang bật",
                f"{len(catalog.sources)} source(s), {len(enabled)} enabled rule(s)",
            ),
        )


def _vbot(config: Config, catalog: Catalog | None, known: Mapping[str, Any]) -> Iterator[Line]:
    if config.account is None:
        yield Line(
            "bad",
            "VBot",
            text("VBOT_URL chưa đặt: không gọi được ai", "VBOT_URL is not set: nobody can be called"),
            text("ghi địa chỉ API của VBot", "write the address of VBot's API"),
        )
        return
    if _is_open(config.account.url):
        says = text(
            "VBOT_URL bắt đầu bằng http://: token và mọi số điện thoại đi qua mạng mà không mã hóa",
            "VBOT_URL begins with http://: the token and every phone number cross the network in clear",
        )
        yield Line("warn", "VBot", says, text("hãy ghi https://", "write https://"))
    client = _client(config.account)
    failure = client.prepare(time.monotonic() + VBOT_SECONDS)
    if failure is not None:
        yield Line("bad", "VBot", sentence(failure.detail, current_language()), _credentials())
        yield from _old_templates(catalog, known)
        return
    try:
        hotlines = {str(line["hotline_code"]) for line in client.hotlines(time.monotonic() + VBOT_SECONDS)}
    except VBotError as error:
        yield Line("bad", "VBot", f"{text(error.vietnamese, error.message)} ({error.code})", _credentials())
        yield from _old_templates(catalog, known)
        return
    yield Line(
        "ok", "VBot", text("kết nối được và nhận thông tin đăng nhập", "can be reached and takes the credentials")
    )
    yield from _hotlines(config, catalog, hotlines)
    yield from _balance(client, config.balance_alarm)
    if catalog is not None:
        yield from _templates(client, catalog, known)


def _client(account: Account) -> Client:
    from bridge.vbot.client import Client  # noqa: PLC0415  without an account nothing is sent

    return Client(account)


def _is_open(url: str) -> bool:
    """Whether requests leave this machine unencrypted."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost")


def _hotlines(config: Config, catalog: Catalog | None, known: set[str]) -> Iterator[Line]:
    rules = catalog.rules if catalog else ()
    named = {config.hotline, *(rule.hotline for rule in rules if rule.enabled)}
    for code in sorted(code for code in named if code):
        if code in known:
            yield Line("ok", f"hotline {code}", text("VBot có đầu số này", "VBot knows it"))
        elif not known:
            yield Line(
                "warn",
                f"hotline {code}",
                text("VBot không liệt kê đầu số nào", "VBot lists no hotline at all"),
                text("xem trang của VBot có đầu số này không", "see whether VBot's page shows it"),
            )
        else:
            there = ", ".join(sorted(known))
            says = text(f"VBot không có đầu số này; VBot có {there}", f"VBot does not list it; it lists {there}")
            yield Line("bad", f"hotline {code}", says, text("hãy ghi một trong số đó", "write one of those"))


def _templates(client: Client, catalog: Catalog, known: Mapping[str, Any]) -> Iterator[Line]:
    for code in sorted({rule.template for rule in catalog.rules if rule.enabled}):
        answer = ask_fields(client, code, known, now(), time.monotonic() + template_fields.VBOT_SECONDS)
        yield _template(code, answer, catalog, known)
        for rule in catalog.rules:
            if rule.enabled and rule.template == code:
                yield from _misfits(rule, answer.fields)


def _template(code: str, answer: Fields, catalog: Catalog, known: Mapping[str, Any]) -> Line:
    if answer.error is not None or answer.warning:
        mend = text("kiểm tra kịch bản của quy tắc trên VBot", "check the rule's template in VBot")
        return Line(
            "bad" if answer.error else "warn",
            f"template {code}",
            text(answer.vietnamese or "", answer.warning or ""),
            mend,
        )
    if answer.fields is None:
        return Line(
            "warn",
            f"template {code}",
            text("VBot không liệt kê trường tùy chỉnh nào", "VBot lists no custom field for it"),
            text("xem trang của VBot", "see VBot's page"),
        )
    if code not in catalog.templates:
        return Line(
            "warn",
            f"template {code}",
            text("chưa từng lấy các trường tùy chỉnh", "its custom fields were never fetched"),
            _run(APPLY),
        )
    if not same_fields(answer.fields, catalog.templates[code]):
        age = _age(known[code])
        says = text(
            f"các trường tùy chỉnh trên VBot đã đổi sau khi lấy về {age}",
            f"its custom fields changed at VBot since they were fetched {age}",
        )
        return Line("warn", f"template {code}", says, _run(APPLY))
    age = _age(known[code])
    says = text(f"các trường tùy chỉnh đã biết và còn mới {age}", f"its custom fields are known and fresh {age}")
    return Line("ok", f"template {code}", says)


def _old_templates(catalog: Catalog | None, known: Mapping[str, Any]) -> Iterator[Line]:
    """What serves while VBot cannot be asked."""
    for code in sorted({rule.template for rule in catalog.rules if rule.enabled} & known.keys() if catalog else ()):
        age = _age(known[code])
        says = text(f"đang dùng các trường tùy chỉnh biết gần nhất {age}", f"the last known custom fields serve {age}")
        again = text("sẽ hỏi lại ngay khi VBot trả lời", "they are asked for again as soon as VBot answers")
        yield Line("warn", f"template {code}", says, again)


def _misfits(rule: Rule, fields: list[Json] | None) -> Iterator[Line]:
    for misfit in misfits(rule.document.get("datas", {}), rule.template, fields):
        says = f"datas.{misfit.key} {misfit.problem}; " + text("các cuộc gọi của nó đang chờ", "its calls wait")
        yield Line(
            "bad", f"rule {rule.name}", says, text("sửa trong tệp, rồi ", "mend it in the file, and ") + _run(APPLY)
        )


def _balance(client: Client, limit: int | None) -> Iterator[Line]:
    if not client.has_balance:
        if limit is not None:
            says = text(
                "VBOT_BALANCE_ALARM không có tác dụng: phiên bản API này của VBot không cho biết số dư",
                "VBOT_BALANCE_ALARM has no effect: this generation of VBot's API tells no balance",
            )
            mend = text(
                "xem trên trang của VBot, hoặc đặt VBOT_API=v3 nếu được",
                "look at VBot's page, or set VBOT_API=v3 where you can",
            )
            yield Line("warn", "VBot balance", says, mend)
        return
    try:
        left = client.balance(time.monotonic() + VBOT_SECONDS)
    except VBotError as error:
        says = text(f"VBot không cho biết: {error.vietnamese}", f"not told: {error.message}")
        yield Line("warn", "VBot balance", says, text("xem trên trang của VBot", "look at VBot's page"))
        return
    low = left <= 0 or (limit is not None and left < limit)
    alarm = "" if limit is None else text(f", cảnh báo khi dưới {limit}", f", the alarm is below {limit}")
    mend = text(
        "nạp tiền vào tài khoản VBot; rồi replay những gì bị từ chối trong lúc đó",
        "top up the account at VBot; then replay what was refused meanwhile",
    )
    says = text(f"{left:f} đồng", f"{left:f} dong") + alarm
    yield Line("bad" if low else "ok", "VBot balance", says, mend if low else "")


def _one_line(line: Line) -> Line:
    return Line(line.standing, *(clean(" ".join(each.split())) for each in (line.what, line.says, line.mend)))
