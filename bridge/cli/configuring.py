"""check, apply, export, fields: the configuration files and the live configuration."""

from __future__ import annotations

import time
from pathlib import Path

import click
import yaml

from bridge import apply
from bridge.cli.opening import Opened, need_account, now, open_bridge, print_json
from bridge.config import Config, read_config
from bridge.configfile import Configuration, expand, read_files
from bridge.configlint import Finding
from bridge.platforms import list_platforms
from bridge.rules import parse_rule
from bridge.store import Connection
from bridge.store.catalog import read_documents, touch_catalog, write_template
from bridge.vbot import VBotError
from bridge.vbot.client import Client

VBOT_SECONDS = 15
WOULD_CHANGE = 3

_FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))


@click.command("check")
@_FILES
@click.option("--live", is_flag=True, help="Also ask VBot for each template's custom fields.")
def check_command(files: tuple[Path, ...], live: bool) -> int:
    """Lint configuration files. Prints file:line:col: path: message; exit 1 if there is an error."""
    configuration, findings = _read(files)
    for finding in findings:
        click.echo(str(finding))
    failed = any(not finding.warning for finding in findings)
    if live:
        client = Client(need_account(read_config()))
        for rule in configuration.rules:
            problem = _ask_fields(client, rule)
            if problem:
                failed = True
                click.echo(f"rule {rule['rule']}: {problem}")
    if not failed:
        counted = ", ".join(f"{len(getattr(configuration, kind))} {kind}" for kind in ("sources", "hotlines", "rules"))
        click.echo(f"ok: {counted}")
    return 1 if failed else 0


@click.command("apply")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--plan", "only_plan", is_flag=True, help="Only print what would change; exit 3 if something would.")
@click.option("--prune", is_flag=True, help="Remove what the files no longer name.")
@click.option(
    "--release", is_flag=True, help="Apply the files that BRIDGE_CONFIG names, with --prune; nothing if unset."
)
def apply_command(files: tuple[Path, ...], only_plan: bool, prune: bool, release: bool) -> int:
    """Make the database hold these sources, hotlines and rules. Prints the plan first."""
    if release == bool(files):
        raise click.UsageError("name one or more FILEs, or --release alone")
    if release:
        return apply_release(read_config())
    return _apply(open_bridge(), files, only_plan=only_plan, prune=prune)


@click.command("export")
def export_command() -> None:
    """Print the live configuration as one file that apply accepts; secrets stay hidden."""
    opened = open_bridge()
    with opened.store.read() as conn:
        documents = read_documents(conn)
    click.echo(yaml.safe_dump(documents, allow_unicode=True, sort_keys=False, width=110), nl=False)


@click.command("fields")
@click.argument("template")
@click.option("--json", "as_json", is_flag=True)
def fields_command(template: str, as_json: bool) -> None:
    """The template's custom fields, from VBot."""
    client = Client(need_account(read_config()))
    try:
        fields = client.custom_fields(template, time.monotonic() + VBOT_SECONDS)
    except VBotError as error:
        raise click.ClickException(f"VBot did not tell the fields of {template}: {error.message}") from None
    if as_json:
        print_json({"items": fields, "next": None})
        return
    for field in fields:
        need = "required" if field.get("isRequired") else "optional"
        click.echo(f"{field['cfkey']}\t{field.get('cftype', 'text')}\t{need}\t{field.get('cfname') or ''}")
    if not fields:
        click.echo("no custom fields")


def apply_release(config: Config) -> int:
    """The release step: the files of BRIDGE_CONFIG, with --prune; nothing when it is unset."""
    if not config.config_files:
        click.echo("BRIDGE_CONFIG is not set: no configuration applied")
        return 0
    return _apply(open_bridge(), tuple(Path(name) for name in config.config_files), only_plan=False, prune=True)


def _apply(opened: Opened, files: tuple[Path, ...], *, only_plan: bool, prune: bool) -> int:
    with opened.store.read() as conn:
        known = [document["id"] for document in read_documents(conn)["sources"]]
    written, findings = _read(files, [] if prune else known)
    expanded, missing = expand(written, opened.config.environment)
    wrong = [finding for finding in [*findings, *missing] if not finding.warning]
    for finding in [*findings, *missing]:
        click.echo(str(finding), err=not finding.warning)
    if wrong:
        raise click.ClickException(f"{len(wrong)} error(s) in the files; nothing was changed")
    with opened.store.read() as conn:
        wanted = apply.want(conn, opened.catalogs.seal, written, expanded)
        changes = apply.plan(conn, opened.catalogs.seal, wanted, prune=prune)
    for change in changes:
        click.echo(str(change))
    if not changes:
        click.echo("nothing changes")
    if only_plan:
        return WOULD_CHANGE if changes else 0
    if changes:
        with opened.store.write() as conn:
            cancelled = apply.carry_out(conn, opened.catalogs.seal, wanted, now(), prune=prune)
        click.echo(f"applied; {cancelled} waiting call(s) cancelled" if cancelled else "applied")
    _fetch_fields(opened)
    return 0


def _read(files: tuple[Path, ...], known: list[str] | None = None) -> tuple[Configuration, list[Finding]]:
    texts = []
    for path in files:
        try:
            texts.append((str(path), path.read_text(encoding="utf-8-sig")))
        except OSError as error:
            raise click.UsageError(f"{path} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise click.ClickException(f"{path} is not UTF-8 text; save it as UTF-8") from None
    return read_files(texts, parse_rule, [platform.name for platform in list_platforms()], known or [])


def _fetch_fields(opened: Opened) -> None:
    with opened.store.read() as conn:
        rules = read_documents(conn)["rules"]
    if opened.config.account is None:
        click.echo("warning: VBOT_URL is not set: the templates' custom fields were not fetched")
        return
    client = Client(opened.config.account)
    fetched = {}
    for code in dict.fromkeys(rule["template"] for rule in rules):
        try:
            fetched[code] = client.custom_fields(code, time.monotonic() + VBOT_SECONDS)
        except VBotError as error:
            click.echo(f"warning: template {code}: {error.message}; the last known custom fields serve")
    with opened.store.write() as conn:
        _store_fields(conn, fetched)
    for rule in rules:
        problem = _mismatch(rule, fetched.get(rule["template"]))
        if problem:
            click.echo(f"warning: rule {rule['rule']}: {problem}")


def _store_fields(conn: Connection, fetched: dict[str, list[dict[str, object]]]) -> None:
    for code, fields in fetched.items():
        write_template(conn, code, fields, now())
    if fetched:
        touch_catalog(conn)


def _ask_fields(client: Client, rule: dict[str, object]) -> str | None:
    try:
        return _mismatch(rule, client.custom_fields(str(rule["template"]), time.monotonic() + VBOT_SECONDS))
    except VBotError as error:
        return f"template {rule['template']}: {error.message}"


def _mismatch(rule: dict[str, object], fields: list[dict[str, object]] | None) -> str | None:
    """What VBot would refuse of every call of this rule, or None."""
    if fields is None:
        return None
    datas = rule.get("datas")
    given = set(datas) if isinstance(datas, dict) else set()
    known = {str(field["cfkey"]) for field in fields}
    needed = {str(field["cfkey"]) for field in fields if field.get("isRequired")}
    if given - known:
        names = ", ".join(sorted(known)) or "none"
        return f"datas.{min(given - known)} is no custom field of {rule['template']}; it has: {names}"
    if needed - given:
        return f"datas.{min(needed - given)} is required by {rule['template']}; write a value for it"
    return None


COMMANDS = (check_command, apply_command, export_command, fields_command)
