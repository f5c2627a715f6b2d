"""fields: a template's custom fields."""

from __future__ import annotations

import time

import click

from bridge.cli.shared.acts import record
from bridge.cli.shared.arguments import as_json
from bridge.cli.shared.command import command, option
from bridge.cli.shared.database import Opened, need_account, now, open_database
from bridge.cli.shared.language import current_language, failure, say, text
from bridge.cli.shared.printing import print_json
from bridge.cli.shared.template_fields import VBOT_SECONDS, keep_fields, last_known
from bridge.core.model import Json
from bridge.monitor.templates import age_of
from bridge.settings import Config, read_config
from bridge.store.configuration.templates import forget_template
from bridge.vbot import VBotError
from bridge.vbot.client import Client

GROUP = "configure"
HELP = (
    "Các trường tùy chỉnh của kịch bản, hỏi từ VBot; nếu VBot không trả lời thì bản biết gần nhất, kèm thời điểm. "
    "Điều VBot trả lời được lưu lại để kiểm tra quy tắc.",
    "The template's custom fields, from VBot; where it does not tell them, the last known, and how old they are. "
    "What VBot tells is stored, to hold rules against.",
)


@command("fields", HELP)
@click.argument("template")
@option(
    "--forget",
    is_flag=True,
    help=(
        "Không dùng bản biết gần nhất để kiểm tra quy tắc nữa.",
        "No longer hold the last known ones against the rules.",
    ),
)
@as_json
def run(template: str, forget: bool, as_json: bool) -> None:
    if forget:
        _forget(open_database(), template)
        return
    config = read_config()
    client = Client(need_account(config))
    try:
        fields = client.custom_fields(template, time.monotonic() + VBOT_SECONDS)
    except VBotError as error:
        fields = _last(config, template, error)
    else:
        if keep_fields(config, template, fields) == "changed":
            say(
                "các trường đã khác lần trước: đã lưu, và từ nay quy tắc được kiểm tra theo chúng",
                "they are not what they were: stored, and rules are held against them from now on",
                err=True,
            )
    if as_json:
        print_json({"items": fields, "next": None})
        return
    for field in fields:
        need = text("bắt buộc", "required") if field.get("isRequired") else text("không bắt buộc", "optional")
        click.echo(f"{field['cfkey']}\t{field.get('cftype', 'text')}\t{need}\t{field.get('cfname') or ''}")
    if not fields:
        say("không có trường tùy chỉnh nào", "no custom fields")


def _last(config: Config, template: str, error: VBotError) -> list[Json]:
    row = None if error.code == "vbot_refused" else last_known(config).get(template)
    if row is None or not row.fields:
        raise failure(
            f"VBot không cho biết các trường của {template}: {error.vietnamese}",
            f"VBot did not tell the fields of {template}: {error.message}",
        ) from None
    age = age_of(row, now(), current_language())
    say(
        f"cảnh báo: {error.vietnamese}; đây là bản biết gần nhất {age}",
        f"warning: {error.message}; these are the last known ones {age}",
        err=True,
    )
    fields: list[Json] = row.fields
    return fields


def _forget(opened: Opened, template: str) -> None:
    with opened.store.write() as conn:
        known = forget_template(conn, template, now())
    if not known:
        raise failure(f"chưa biết trường tùy chỉnh nào của {template}", f"no custom fields of {template} are known")
    record(opened, "fields forget", f"template:{template}")
    say(
        f"đã bỏ các trường tùy chỉnh của {template}; lần apply tới, hoặc worker, sẽ hỏi lại",
        f"forgotten: the custom fields of {template}; the next apply, or the worker, asks for them anew",
    )
