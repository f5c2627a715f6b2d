"""apply: make the database hold what the configuration files say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bridge.cli.shared.acts import current_user
from bridge.cli.shared.arguments import need_text
from bridge.cli.shared.command import command, option
from bridge.cli.shared.configuration import read_configuration
from bridge.cli.shared.consent import need_consent, yes_option
from bridge.cli.shared.database import Opened, now, open_database
from bridge.cli.shared.language import current_language, failure, misuse, say, text
from bridge.cli.shared.printing import clean, print_json
from bridge.cli.shared.template_fields import fetch_fields
from bridge.configuration import apply
from bridge.configuration.changes import Change
from bridge.configuration.files import expand
from bridge.configuration.revisions import Act, find_drift, remember_applied
from bridge.core.model import BadSetting, Json
from bridge.settings import Config, read_config
from bridge.store import Connection, Seal, database_now
from bridge.store.configuration.catalog import lock_catalog
from bridge.store.configuration.documents import read_documents
from bridge.store.configuration.keys import locked_owners, need_any_key, note_key
from bridge.store.operation.actions import record_action
from bridge.store.operation.alarms import keep_alarm

GROUP = "configure"
HELP = (
    "Đưa các nguồn, đầu số và quy tắc trong tệp vào cơ sở dữ liệu. "
    "In kế hoạch trước; hỏi lại nếu có gì bị gỡ bỏ hoặc có cuộc gọi đang chờ bị hủy.",
    "Make the database hold these sources, hotlines and rules. "
    "Prints the plan first, and asks where it removes something or ends waiting calls.",
)

WOULD_CHANGE = 3
MOST_NAMED = 500


@command("apply", HELP)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@option(
    "--plan",
    "only_plan",
    is_flag=True,
    help=(
        "Chỉ in những gì sẽ thay đổi; kết thúc với mã 3 nếu có.",
        "Only print what would change; exit 3 if something would.",
    ),
)
@option("--prune", is_flag=True, help=("Bỏ những gì các tệp không còn nêu.", "Remove what the files no longer name."))
@option(
    "--release",
    is_flag=True,
    help=(
        "Áp dụng các tệp trong BRIDGE_CONFIG, với --prune, không hỏi lại; không đặt thì không làm gì.",
        "Apply the files that BRIDGE_CONFIG names, with --prune, without asking; nothing if unset.",
    ),
)
@option(
    "--force",
    is_flag=True,
    help=(
        "Ghi đè cả những gì đã được đổi ở nơi khác (trang web, rules rollback) từ lần apply trước.",
        "Overwrite also what was changed elsewhere (a page, rules rollback) since the last apply.",
    ),
)
@option(
    "--reason",
    default="",
    metavar="TEXT",
    help=("Vì sao; được lưu cùng bản mới (rules log).", "Why; it is kept with the new revision (rules log)."),
)
@yes_option
@option(
    "--new-key",
    is_flag=True,
    help=(
        "Nhập lại mọi khóa bí mật bằng BRIDGE_SECRET_KEY này, dù không khóa nào mở được những gì đã lưu.",
        "Give all secrets anew under this BRIDGE_SECRET_KEY, though no key opens what is stored.",
    ),
)
@option("--json", "as_json", is_flag=True, help=("Đi cùng --plan: in dạng JSON.", "With --plan: print JSON."))
def run(files: tuple[Path, ...], *, release: bool, reason: str, only_plan: bool, new_key: bool, **wish: Any) -> int:
    if wish["as_json"] and (not only_plan or release):
        raise misuse("--json đi cùng --plan", "--json goes with --plan")
    if release == bool(files):
        raise misuse("hãy nêu một hoặc nhiều FILE, hoặc chỉ --release", "name one or more FILEs, or --release alone")
    if release:
        return apply_release(read_config(), only_plan=only_plan, new_key=new_key)
    need_text(reason)
    act = Act("files", current_user(), " ".join(reason.split()) or ", ".join(path.name for path in files))
    return _apply(open_database(), files, _Wish(act, only_plan=only_plan, new_key=new_key, **wish))


@dataclass(frozen=True)
class _Wish:
    """What is asked of the files, by its options."""

    act: Act
    only_plan: bool
    new_key: bool
    prune: bool = True
    force: bool = False
    yes: bool = True
    as_json: bool = False

    @property
    def is_release(self) -> bool:
        return self.act.origin == "release"


def apply_release(config: Config, *, only_plan: bool = False, new_key: bool = False) -> int:
    """The release step: the files of BRIDGE_CONFIG, with --prune; nothing when it is unset."""
    if not config.config_files:
        say("BRIDGE_CONFIG chưa đặt: không áp dụng cấu hình nào", "BRIDGE_CONFIG is not set: no configuration applied")
        return 0
    files = tuple(Path(name) for name in config.config_files)
    missing = next((path for path in files if not path.is_file()), None)
    if missing is not None:
        raise BadSetting(
            f"BRIDGE_CONFIG names {missing}, which is no file here; write paths from the project's folder",
            f"BRIDGE_CONFIG nêu {missing}, mà ở đây không có tệp đó; hãy ghi đường dẫn tính từ thư mục dự án",
        )
    act = Act("release", "release", ", ".join(config.config_files))
    return _apply(open_database(), files, _Wish(act, only_plan=only_plan, new_key=new_key))


@dataclass(frozen=True)
class _Seen:
    """What the files would do to the configuration that stands. `drift`: what was changed elsewhere."""

    wanted: apply.Wanted
    changes: list[Change]
    drift: list[Change]


def _look(conn: Connection, seal: Seal, wanted: apply.Wanted, wish: _Wish) -> _Seen:
    drift = [] if wish.force else find_drift(conn, wanted.documents, prune=wish.prune)
    if drift and wish.is_release:
        wanted = apply.leave_drift(conn, seal, wanted, drift)
    return _Seen(wanted, apply.plan(conn, seal, wanted, prune=wish.prune), drift)


def _apply(opened: Opened, files: tuple[Path, ...], wish: _Wish) -> int:
    seal, prune = opened.catalogs.seal, wish.prune
    wanted = _read(opened, files, wish)
    with opened.store.read() as conn:
        seen = _look(conn, seal, wanted, wish)
        ended = apply.count_ended(conn, seen.wanted, prune=prune) if seen.changes else 0
    changes, drift = seen.changes, seen.drift
    if wish.as_json:
        print_json(_plan(changes, drift, ended))
    else:
        _print_plan(changes, drift, ended)
    if wish.only_plan:
        return WOULD_CHANGE if changes or drift else 0
    if drift and not wish.is_release:
        raise failure(
            "có thứ đã được đổi ở nơi khác (xem rules log): chưa làm gì; hãy sửa tệp theo, hoặc thêm --force để ghi đè",
            "something was changed elsewhere (see rules log): nothing was done; change the files too, or add --force",
        )
    _need_consent(changes, ended, yes=wish.yes)
    cancelled = _write(opened, wanted, wish, seen)
    if changes:
        gone = text(f"; đã hủy {cancelled} cuộc gọi đang chờ", f"; {cancelled} waiting call(s) cancelled")
        click.echo(text("đã áp dụng", "applied") + (gone if cancelled else ""))
    facts = {"entries": [f"{change.kind} {change.name}" for change in drift]}
    keep_alarm(opened.store, "drift", bool(drift), facts, now(), renew=True)
    fetch_fields(opened)
    return 0


def _write(opened: Opened, wanted: apply.Wanted, wish: _Wish, seen: _Seen) -> int:
    """Do what was planned; return the number of cancelled calls. A failure where the plan would be another now."""
    seal, prune = opened.catalogs.seal, wish.prune
    with opened.store.write() as conn:
        # Somebody may have changed something while consent was asked; from here on nobody does.
        lock_catalog(conn)
        again = _look(conn, seal, wanted, wish)
        if _plan(again.changes, again.drift, 0) != _plan(seen.changes, seen.drift, 0):
            raise failure(
                "cấu hình vừa được đổi ở nơi khác: chưa làm gì; hãy chạy lại để xem kế hoạch mới",
                "the configuration was just changed elsewhere: nothing was done; run this again for a new plan",
            )
        if not seen.changes:
            remember_applied(conn, seen.wanted.documents, seen.drift, prune=prune)
            return 0
        act, drift, hotline = wish.act, seen.drift, opened.config.hotline
        cancelled = apply.carry_out(
            conn, seal, seen.wanted, now(), prune=prune, act=act, drift=drift, default_hotline=hotline
        )
        note_key(conn, seal)
        at = database_now(conn, now())
        record_action(conn, "apply", _named(seen.changes), wish.act.reason, at, who=wish.act.who)
    return cancelled


def _plan(changes: Sequence[Change], drift: Sequence[Change], ended: int) -> dict[str, Json]:
    """{items: [{sign, kind, name, values: [{key, old, new}], elsewhere}], next, cancelled}."""
    items = [
        {
            "sign": change.sign,
            "kind": change.kind,
            "name": change.name,
            "values": [{"key": key, "old": old, "new": new} for key, old, new in change.values],
            "elsewhere": elsewhere,
        }
        for elsewhere, some in ((True, drift), (False, changes))
        for change in some
    ]
    return {"items": items, "next": None, "cancelled": ended}


def _print_plan(changes: Sequence[Change], drift: Sequence[Change], ended: int) -> None:
    for change in drift:
        first, *values = change.lines()
        click.echo(clean(text(f"đổi ở nơi khác: {first}", f"changed elsewhere: {first}")))
        for line in values:
            click.echo(clean(line))
    for change in changes:
        for line in change.lines():
            click.echo(clean(line))
    if not changes and not drift:
        say("không có gì thay đổi", "nothing changes")
    if ended:
        say(f"{ended} cuộc gọi đang chờ sẽ bị hủy", f"{ended} waiting call(s) will be cancelled")


def _named(changes: Sequence[Change]) -> str:
    """What the plan names, cut where it names very much."""
    named = ", ".join(f"{change.kind} {change.name}".strip() for change in changes)
    return named if len(named) <= MOST_NAMED else f"{named[:MOST_NAMED]}…"


def _read(opened: Opened, files: tuple[Path, ...], wish: _Wish) -> apply.Wanted:
    """What the files ask for; a ClickException after the lines of whatever is wrong."""
    seal = opened.catalogs.seal
    with opened.store.read() as conn:
        if not wish.new_key:
            need_any_key(conn, seal)
        known = [document["id"] for document in read_documents(conn)["sources"]]
    written, findings = read_configuration(files, [] if wish.prune else known)
    expanded, missing = expand(written, opened.config.environment)
    wrong = [finding for finding in [*findings, *missing] if not finding.warning]
    for finding in [*findings, *missing]:
        click.echo(finding.said(current_language()), err=not finding.warning)
    if wrong:
        raise failure(
            f"{len(wrong)} lỗi trong các tệp; chưa thay đổi gì",
            f"{len(wrong)} error(s) in the files; nothing was changed",
        )
    with opened.store.read() as conn:
        wanted = apply.want(conn, seal, written, expanded)
        if wish.new_key and not wish.prune:
            _need_all(locked_owners(conn, seal), wanted)
    return wanted


def _need_consent(changes: Sequence[Change], ended: int, *, yes: bool) -> None:
    removed = [f"{change.kind} {change.name}" for change in changes if change.sign == "-"]
    if not removed and not ended:
        return
    parts = [(f"gỡ bỏ {', '.join(removed)}", f"removes {', '.join(removed)}")] if removed else []
    if ended:
        parts.append((f"hủy {ended} cuộc gọi đang chờ", f"cancels {ended} waiting call(s)"))
    vietnamese, english = zip(*parts, strict=True)
    need_consent(f"lệnh này {' và '.join(vietnamese)}", f"this {' and '.join(english)}", yes=yes)


def _need_all(locked: list[str], wanted: apply.Wanted) -> None:
    """With a new key the files give every secret that it does not open."""
    given = {f"source {name}" for name in wanted.credentials} | {" ".join(key) for key in wanted.receivers}
    absent = ", ".join(owner for owner in locked if owner not in given)
    if absent:
        raise click.ClickException(
            text(
                "--new-key: các tệp không nêu {absent}, mà khóa này không mở được khóa bí mật của chúng; hãy nêu "
                "chúng kèm khóa bí mật, hoặc bỏ chúng bằng --prune",
                "--new-key: the files do not name {absent}, whose secrets this key does not open; name "
                "them with their secrets, or remove them with --prune",
                absent=absent,
            )
        )
