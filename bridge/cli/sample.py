"""sample: a signed delivery to try a source with, or one of VBot's results."""

from __future__ import annotations

import json
import re
import shlex
import time
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import click

from bridge.cli.shared.arguments import CALL_ID, nearest_hint, need_text
from bridge.cli.shared.command import command, option
from bridge.cli.shared.database import now, open_bridge
from bridge.cli.shared.language import failure, misuse, text
from bridge.cli.shared.printing import clean
from bridge.core.model import BadPayload, BadSetting, BadSignature, Request, Source, StoreDown
from bridge.core.platform import Platform
from bridge.platforms import find_platform, list_platforms
from bridge.platforms.shared.sample import find_word, sample_document
from bridge.settings import BY_NAME, read_config_without_vbot
from bridge.store import open_store
from bridge.store.attempts import attempts_of

GROUP = "configure"
HELP = (
    "In một tin mẫu đã ký dưới dạng lệnh curl, chỉ việc dán vào chạy; hoặc, với `result`, một kết quả như VBot gửi.\n\n"
    "Tin mẫu được đánh dấu là thử khi nền tảng cho phép, nên không ai bị gọi; khi không thể thì có cảnh báo.",
    "Print a signed sample delivery as a curl command, ready to paste; or, with `result`, one of VBot's results.\n\n"
    "It is marked as a test where the platform can, so that nobody is rung; where it cannot, a warning says so.",
)

RESULT = "result"
PLACEHOLDER = "replace-this-placeholder-secret"
# What --topic may be of a result: how the call ended, in VBot's word.
ENDS = {"answered": "ANSWER", "no_answer": "NOANSWER", "busy": "BUSY", "failed": "CANCEL"}
CALL_SECONDS = 20.0
_ADDRESS = re.compile(r"https?://(?:\[[\da-fA-F:.]+\]|[\w.-]+)(?::\d{1,5})?(?:/[\w./~-]*)?", re.ASCII)
_SOURCE = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True)
class Wish:
    """What a person asks for, by argument and option."""

    name: str
    topic: str | None
    source_id: str | None
    preset: str | None
    secret: str | None
    url: str | None
    rings: bool
    call_id: int | None
    key: str
    raw: bool


@command("sample", HELP)
@click.argument("name", metavar="PLATFORM|result")
@option(
    "--topic",
    help=(
        "Chủ đề theo cách gọi ở đây, hoặc theo nền tảng; mặc định order.created. Của result: "
        "answered (mặc định), no_answer, busy, failed.",
        "Our topic, or the platform's own word; default order.created. Of result: "
        "answered (the default), no_answer, busy, failed.",
    ),
)
@option(
    "--source",
    "source_id",
    metavar="ID",
    help=(
        "Nguồn nhận tin; cần nêu khi có nhiều nguồn phù hợp.",
        "The source that it is for; needed where several fit.",
    ),
)
@option(
    "--preset",
    metavar="NAME",
    help=("Của generic: như bên gửi này gửi.", "Of generic: as this kind of sender sends."),
)
@option(
    "--secret",
    help=("Ký bằng khóa bí mật này thay cho khóa của nguồn.", "Sign with this secret instead of the source's own."),
)
@option(
    "--url",
    help=(
        "Địa chỉ của bridge; mặc định: máy này, cổng PORT.",
        "Where the bridge is; by default this machine, at PORT.",
    ),
)
@option(
    "--rings",
    is_flag=True,
    help=(
        "Không đánh dấu là thử: quy tắc có thể gọi đến số mẫu.",
        "Not marked as a test: a rule may ring the sample's number.",
    ),
)
@option(
    "--call",
    "call_id",
    type=CALL_ID,
    metavar="ID",
    help=("Của result: kết quả của cuộc gọi này.", "Of result: the result of this call."),
)
@option(
    "--key",
    default="1",
    show_default=True,
    metavar="KEY",
    help=("Của result: phím khách bấm; để trống là không bấm.", "Of result: the key pressed; blank for none."),
)
@option("--raw", is_flag=True, help=("In HTTP thô, như tệp mà try đọc.", "Print raw HTTP, as a file that try reads."))
def run(**options: Any) -> None:
    wish = Wish(**options)
    need_text(wish.topic or "", wish.source_id or "", wish.secret or "", wish.url or "", wish.key)
    url = wish.url or f"http://localhost:{BY_NAME['PORT'].read()}"
    if not _ADDRESS.fullmatch(url):
        raise _wrong(
            "--url", "hãy viết địa chỉ như http://localhost:8000", "write an address such as http://localhost:8000"
        )
    if wish.name == RESULT:
        request, notes = _result(wish)
    else:
        request, notes = _delivery(wish)
    if wish.raw:
        click.echo(_raw(request), nl=False)
    else:
        click.echo(_curl(request, url))
    for note in notes:
        click.echo(f"# {note}", err=True)


def _curl(request: Request, url: str) -> str:
    lines = ["curl --include", f"--data-binary {shlex.quote(request.body.decode())}"]
    lines += [f"--header {shlex.quote(f'{header}: {value}')}" for header, value in request.headers]
    return " \\\n  ".join([*lines, shlex.quote(url.rstrip("/") + request.path)])


def _raw(request: Request) -> bytes:
    head = [f"{request.method} {request.path} HTTP/1.1", *(f"{name}: {value}" for name, value in request.headers)]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + request.body


def _wrong(where: str, vietnamese: str, english: str) -> click.BadParameter:
    return click.BadParameter(text(vietnamese, english), param_hint=where)


def _delivery(wish: Wish) -> tuple[Request, list[str]]:
    """The request, and what the person who pastes it should know."""
    platform = _platform(wish.name)
    if wish.preset is not None and wish.preset not in platform.presets():
        known = ", ".join(platform.presets()) or text("không có", "none")
        raise _wrong("--preset", f"các preset của {platform.name}: {known}", f"the presets of {platform.name}: {known}")
    if wish.source_id is not None and not _SOURCE.fullmatch(wish.source_id):
        raise _wrong("--source", "mã của nguồn chỉ có a-z, 0-9 và -", "a source's id has only a-z, 0-9 and -")
    source, notes = _choose(platform, wish)
    at = now()
    request = _sample(platform, source, wish.topic or _usual_topic(platform, source), at, marked=not wish.rings)
    if request.header("webhook-timestamp"):
        notes.append(text("chữ ký chỉ có hiệu lực trong năm phút", "its signature holds for five minutes"))
    if platform.api is not None and platform.api.credentials:
        notes.append(
            text(
                "bridge sẽ hỏi cửa hàng về đơn này, mà cửa hàng không có: tin kết thúc với not_fetched",
                "the bridge will ask the shop for this order, which it does not have: it ends not_fetched",
            )
        )
    notes += _rings(platform, source, request, at)
    return request, notes


def _platform(name: str) -> Platform:
    platform = find_platform(name)
    if platform is None:
        shown, hint = clean(name), nearest_hint(name, [RESULT, *(found.name for found in list_platforms())])
        raise _wrong(
            "PLATFORM",
            f"không có nền tảng nào tên là {shown}; {hint}",
            f"no platform is called {shown}; {hint}",
        )
    if not platform.sends:
        raise _wrong(
            "PLATFORM",
            f"{platform.title} không gửi webhook nên không có gì để gửi: đơn của nó đến từ hàng đợi của nó, khi cài "
            "đặt của nguồn có thông tin đăng nhập",
            f"{platform.title} sends no webhooks, so there is nothing to post: its orders come from its queue, once a "
            "source's settings hold its credentials",
        )
    return platform


def _rings(platform: Platform, source: Source, request: Request, at: datetime) -> list[str]:
    """A warning where a rule may call the sample's number."""
    for event in platform.read(request, source, at).events:
        order = event.order
        if event.topic == "test" or event.incomplete or platform.hides_buyer:
            continue
        if order is None or order.test or order.phone is None:
            continue
        return [
            text(
                f"cảnh báo: tin này không được đánh dấu là thử, nên quy tắc có thể gọi đến số {order.phone}",
                f"warning: this is not marked as a test, so a rule may ring {order.phone}",
            )
        ]
    return []


def _result(wish: Wish) -> tuple[Request, list[str]]:
    """One of VBot's results, of a call's newest attempt or of none that the bridge knows."""
    # Its package is a whole server, which no other sample needs.
    from bridge.fake_vbot.people import Ending, result_bodies, write_record  # noqa: PLC0415

    topic = wish.topic or "answered"
    if topic not in ENDS:
        known = ", ".join(ENDS)
        raise _wrong("--topic", f"của result, hãy viết một trong: {known}", f"of result, write one of: {known}")
    if wish.source_id or wish.secret or wish.rings or wish.preset:
        raise misuse(
            "--source, --preset, --secret và --rings không đi cùng result",
            "--source, --preset, --secret and --rings do not go with result",
        )
    config, notes = read_config_without_vbot(), []
    external_id, phone = "0" * 32, "0900000000"
    if wish.call_id is None:
        notes.append(
            text(
                "mã này không phải của cuộc gọi nào: bridge lưu lại và không làm gì; thêm --call ID",
                "this id is of no call: the bridge keeps it and does nothing; add --call ID",
            )
        )
    else:
        external_id, phone = _newest_attempt(wish.call_id)
    ending = Ending(ENDS[topic], wish.key if topic == "answered" else "", CALL_SECONDS)
    ended = time.time()
    call = {"external_call_id": external_id, "call_id": "sample", "phone": phone, "hotline_code": config.hotline}
    record = write_record(call | {"template_code": None}, ending, ended - CALL_SECONDS, ended)
    (body, *_) = result_bodies("v2", record, "sample")
    if not config.webhook_auth:
        notes.append(
            text(
                "VBOT_WEBHOOK_AUTH chưa được đặt nên /vbot/results trả lời 404",
                "VBOT_WEBHOOK_AUTH is not set, so /vbot/results answers 404",
            )
        )
    headers = (("Content-Type", "application/json"), ("Authorization", config.webhook_auth or PLACEHOLDER))
    return Request("POST", "/vbot/results", "", headers, json.dumps(json.loads(body)).encode()), notes


def _newest_attempt(call_id: int) -> tuple[str, str]:
    """Its external id, and the number that it rang."""
    opened = open_bridge(config=read_config_without_vbot())
    with opened.store.read() as conn:
        attempts = attempts_of(conn, [call_id])[call_id]
    if not attempts:
        raise failure(
            f"cuộc gọi {call_id} không có, hoặc chưa được gửi đi lần nào",
            f"there is no call {call_id}, or it was never sent",
        )
    return attempts[-1].external_call_id, attempts[-1].phone


def _sample(platform: Platform, source: Source, topic: str, at: datetime, *, marked: bool) -> Request:
    """What the shop would send. Pure ASCII, so that no terminal and no clipboard can change a signed byte."""
    known = _topics(platform, source).get(topic, topic)
    try:
        document = sample_document(platform, known, at)
        mark = platform.sample.states.get("test") if marked else None
        document, headers = platform.sample.fitted(mark(document) if mark else document, source)
        word = find_word(platform, known)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--topic") from None
    body = platform.sample.encode(document)
    try:
        request = Request("POST", f"/hooks/{source.id}", "", platform.sign(body, word, source, at) + headers, body)
        if marked:
            request = replace(request, headers=request.headers + platform.sample.test_headers)
        platform.read(request, source, at)
    except BadSignature as error:
        raise failure(
            f"nguồn {source.id} không ký được ({error.reason}); hãy thêm --secret",
            f"source {source.id} cannot sign ({error.reason}); give --secret",
        ) from None
    except BadPayload as error:
        raise failure(
            f"nguồn {source.id} không đọc được tin mẫu, theo cài đặt của nó: {error}",
            f"source {source.id} cannot read a sample, by its settings: {error}",
        ) from None
    return request


def _topics(platform: Platform, source: Source) -> dict[str, str]:
    """Our topic for each word that the source's settings translate."""
    return dict(platform.completed(source).settings.get("topics", {}))


def _usual_topic(platform: Platform, source: Source) -> str:
    """A new order, unless the platform or the source's settings know of none, as a carrier's."""
    known = list((_topics(platform, source) or platform.topics).values())
    return known[0] if known and "order.created" not in known else "order.created"


def _choose(platform: Platform, wish: Wish) -> tuple[Source, list[str]]:
    """The source that the sample is for, with what signs it; and a note for each thing that only stands in."""
    source_id, secret = wish.source_id, wish.secret
    live, problem = _live_sources(platform)
    if wish.preset is not None:
        live = {name: source for name, source in live.items() if source.settings.get("preset") == wish.preset}
    if source_id is None and len(live) > 1:
        names = ", ".join(live)
        raise misuse(
            f"có nhiều nguồn {platform.name}; hãy thêm --source, một trong: {names}",
            f"several sources are of {platform.name}; write --source and one of: {names}",
        )
    none = text(f"không có nguồn {platform.name} nào", f"there is no {platform.name} source")
    if source_id is not None and source_id not in live and not secret:
        unknown = text(
            f"không có nguồn {platform.name} nào tên là {source_id}", f"no {platform.name} source is called {source_id}"
        )
        raise failure(f"{problem or unknown}; nếu không thì thêm --secret", f"{problem or unknown}; else give --secret")
    notes = []
    if source_id is None and not live:
        notes.append(
            text(f"chưa biết nguồn nào của bạn ({problem or none})", f"no source of yours is known ({problem or none})")
        )
        notes.append(text("hãy viết mã của nguồn ở cuối địa chỉ", "write its id at the end of the address"))
    name = source_id or next(iter(live), platform.name)
    stand_in = Source(name, platform.name, settings={"preset": wish.preset} if wish.preset else {})
    source = live.get(name, stand_in)
    secrets = (secret,) if secret else source.secrets
    if not secrets:
        notes.append(
            text(
                "ký bằng khóa giữ chỗ mà không nguồn nào nhận; hãy thêm --secret",
                "signed with a placeholder secret, which no source takes; give --secret",
            )
        )
    return replace(source, secrets=secrets or (PLACEHOLDER,)), notes


def _live_sources(platform: Platform) -> tuple[dict[str, Source], str]:
    """This platform's live sources by id, and why there can be none."""
    try:
        config = read_config_without_vbot()
        path = open_store(config.database_url).path
        if path is not None and not path.exists():
            return {}, text("không có cơ sở dữ liệu", "there is no database")  # to look must not make one
        opened = open_bridge(config=config)
        with opened.store.read() as conn:
            sources = opened.catalogs.read(conn).sources
    except (BadSetting, StoreDown) as error:
        return {}, text(error.vietnamese, str(error))
    return {name: source for name, source in sources.items() if source.platform == platform.name}, ""
