"""rules log, show, diff, rollback: the revisions of the configuration."""

from __future__ import annotations

from collections.abc import Sequence

import click

from bridge.cli.shared.acts import current_user
from bridge.cli.shared.arguments import as_json, need_text
from bridge.cli.shared.command import command, option
from bridge.cli.shared.consent import need_consent, yes_option
from bridge.cli.shared.database import now, open_bridge, open_database
from bridge.cli.shared.language import failure, misuse, say
from bridge.cli.shared.printing import clean, local_time, print_json
from bridge.configuration.changes import Change, changes_between, text_of
from bridge.configuration.revisions import Act, describe_revision, roll_back, rollback_plan
from bridge.core.model import Json, Revision
from bridge.store import Connection, database_now
from bridge.store.configuration.catalog import lock_catalog
from bridge.store.configuration.revisions import find_before, find_revision, list_revisions, newest_revision
from bridge.store.operation.actions import record_action

MOST = 200
MOST_NUMBER = 2**31 - 1
_NUMBER = click.IntRange(1, MOST_NUMBER)


@command(
    "log",
    (
        "Các bản của cấu hình, mới nhất trước: khi nào, ai, vì sao, đổi những gì.",
        "The revisions of the configuration, newest first: when, who, why, and what changed.",
    ),
)
@option("--limit", type=click.IntRange(1, MOST), default=20, show_default=True, help=("Bao nhiêu bản.", "How many."))
@option(
    "--cursor",
    type=_NUMBER,
    help=("Xem tiếp những bản trước bản này.", "Go on with those before this one, as `next` said."),
)
@as_json
def log_command(limit: int, cursor: int | None, *, as_json: bool) -> None:
    with open_database().store.read() as conn:
        found = list_revisions(conn, limit + 1, cursor)
        items = [describe_revision(conn, revision) for revision in found[:limit]]
    following = str(items[-1]["revision"]) if len(found) > limit else None
    if as_json:
        print_json({"items": items, "next": following})
        return
    for item in items:
        _print_item(item)
    if not items:
        say(
            "chưa có bản nào; mỗi lần apply sẽ lưu một bản",
            "no revision yet; every apply keeps one",
        )
    if following:
        say(f"còn nữa: thêm --cursor {following}", f"more: add --cursor {following}")


@command(
    "show",
    (
        "Quy tắc của một bản, ở dạng YAML mà apply nhận; không ghi số thì là bản mới nhất.",
        "The rules of a revision, as YAML that apply accepts; the newest without a number.",
    ),
)
@click.argument("revision", type=_NUMBER, required=False)
@as_json
def show_command(revision: int | None, *, as_json: bool) -> None:
    with open_database().store.read() as conn:
        found = _need(conn, revision)
        item = describe_revision(conn, found)
    if as_json:
        print_json({**item, "changed": item["rules"], "rules": found.documents["rules"]})
        return
    from bridge.lib.yamltext import write_yaml  # noqa: PLC0415  the other commands need no YAML

    click.echo(f"# {_title(item)}")
    click.echo(write_yaml({"rules": found.documents["rules"]}), nl=False)


@command(
    "diff",
    (
        "Hai bản khác nhau thế nào; một số thì so với bản ngay trước, không số thì là thay đổi mới nhất.",
        "How two revisions differ; one number compares with the one before it, none shows the newest change.",
    ),
)
@click.argument("first", type=_NUMBER, required=False)
@click.argument("second", type=_NUMBER, required=False)
@as_json
def diff_command(first: int | None, second: int | None, *, as_json: bool) -> None:
    with open_database().store.read() as conn:
        after = _need(conn, first if second is None else second)
        before = find_before(conn, after.number) if second is None else _need(conn, first)
    changes = changes_between(before.documents if before else {}, after.documents)
    if as_json:
        rules = [change.name for change in changes if change.kind == "rule"]
        numbers = {"from": before.number if before else None, "to": after.number}
        print_json({**numbers, "rules": rules, "diff": text_of(changes)})
        return
    _print_changes(changes)


@command(
    "rollback",
    (
        "Quay lại quy tắc của một bản cũ. Nguồn, đầu số và ngày nghỉ giữ nguyên; bản quay lại là một bản mới.",
        "Go back to the rules of an older revision. Sources, hotlines and holidays stay; it becomes a new revision.",
    ),
)
@click.argument("revision", type=_NUMBER)
@option("--reason", required=True, metavar="TEXT", help=("Vì sao; được lưu lại.", "Why; it is kept."))
@yes_option
def rollback_command(revision: int, reason: str, yes: bool) -> None:
    need_text(reason)
    reason = " ".join(reason.split())
    if not reason:
        raise misuse("hãy viết vì sao: --reason TEXT", "write why: --reason TEXT")
    opened = open_bridge()
    with opened.store.read() as conn:
        found = _need(conn, revision)
        changes, ended = rollback_plan(conn, found)
    _print_changes(changes)
    if not changes:
        return
    if ended:
        need_consent(f"lệnh này hủy {ended} cuộc gọi đang chờ", f"this cancels {ended} waiting call(s)", yes=yes)
    with opened.store.write() as conn:
        lock_catalog(conn)
        if rollback_plan(conn, found)[0] != changes:
            raise failure(
                "cấu hình vừa được đổi ở nơi khác: chưa làm gì; hãy chạy lại để xem kế hoạch mới",
                "the configuration was just changed elsewhere: nothing was done; run this again for a new plan",
            )
        at = database_now(conn, now())
        act = Act("rollback", current_user(), reason)
        number, cancelled = roll_back(conn, found, act, opened.config.hotline, at)
        record_action(conn, "rules rollback", f"revision:{revision}", reason, at, who=current_user())
    say(
        f"đã quay lại quy tắc của bản {revision}; bây giờ là bản {number}",
        f"the rules are those of revision {revision} again; this is revision {number}",
    )
    if cancelled:
        say(f"{cancelled} cuộc gọi đang chờ đã bị hủy", f"{cancelled} waiting call(s) cancelled")


def _need(conn: Connection, number: int | None) -> Revision:
    newest = newest_revision(conn)
    found = find_revision(conn, newest if number is None else number) if newest is not None else None
    if found is not None:
        return found
    if newest is None:
        raise failure(
            "chưa có bản nào; mỗi lần apply sẽ lưu một bản", "there is no revision yet; every apply keeps one"
        )
    raise failure(
        f"không có bản {number}; mới nhất là {newest}", f"there is no revision {number}; the newest is {newest}"
    )


def _print_changes(changes: Sequence[Change]) -> None:
    for change in changes:
        for line in change.lines():
            click.echo(clean(line))
    if not changes:
        say("không khác gì", "nothing differs")


def _print_item(item: dict[str, Json]) -> None:
    click.echo(clean(_title(item)))
    for line in item["diff"].splitlines():
        click.echo(f"  {clean(line)}")


def _title(item: dict[str, Json]) -> str:
    line = f"{item['revision']}  {local_time(item['at'])}  {item['by']}  {item['origin']}"
    return f"{line}: {item['reason']}" if item["reason"] else line
