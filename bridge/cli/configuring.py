"""check, apply, export, fields: the configuration files and the live configuration."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import yaml

from bridge import apply
from bridge.cli.batchlint import lonely
from bridge.cli.opening import Opened, need_account, now, open_database, print_json
from bridge.config import Config, read_config, spoken_account
from bridge.configfile import Configuration, expand, read_files
from bridge.configlint import Finding
from bridge.model import BadSetting, Json
from bridge.platforms import list_platforms
from bridge.rules import parse_rule
from bridge.store import Connection
from bridge.store.catalog import read_documents, touch_catalog, write_template
from bridge.vbot import VBotError
from bridge.vbot.client import Account, Client

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
    account = need_account(read_config()) if live else spoken_account()
    known: dict[str, list[Json] | VBotError] = {}
    if live and account is not None:
        for finding in _ask_fields(Client(account), configuration, known):
            failed = True
            click.echo(str(finding))
    for finding in _lonely_rules(configuration, known, account):
        click.echo(str(finding))
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
        return apply_release(read_config(), only_plan=only_plan)
    return _apply(open_database(), files, only_plan=only_plan, prune=prune)


@click.command("export")
def export_command() -> None:
    """Print the live configuration as one file that apply accepts; secrets stay hidden."""
    with open_database().store.read() as conn:
        documents = read_documents(conn)
    click.echo(write_yaml(documents), nl=False)


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


def apply_release(config: Config, *, only_plan: bool = False) -> int:
    """The release step: the files of BRIDGE_CONFIG, with --prune; nothing when it is unset."""
    if not config.config_files:
        click.echo("BRIDGE_CONFIG is not set: no configuration applied")
        return 0
    files = tuple(Path(name) for name in config.config_files)
    missing = next((path for path in files if not path.is_file()), None)
    if missing is not None:
        raise BadSetting(f"BRIDGE_CONFIG names {missing}, which is no file here; write paths from the project's folder")
    return _apply(open_database(), files, only_plan=only_plan, prune=True)


def write_yaml(document: Json) -> str:
    """The document as YAML that `bridge.yamltext` reads back as the same."""
    root = yaml.representer.SafeRepresenter(default_flow_style=False, sort_keys=False).represent_data(document)
    _quote(root)
    text: str = yaml.serialize(root, Dumper=yaml.SafeDumper, allow_unicode=True, width=math.inf)
    return text


def _quote(node: yaml.Node) -> None:
    """PyYAML leaves bare what is text by YAML 1.1 but a number by YAML 1.2, such as 1e3, and some line ends."""
    if isinstance(node, yaml.ScalarNode):
        if node.tag == "tag:yaml.org,2002:str" and not (node.value[:1].isalpha() and node.value.isprintable()):
            node.style = "|" if _is_block(node.value) else '"'
    elif isinstance(node, yaml.SequenceNode):
        for part in node.value:
            _quote(part)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _quote(key)
            _quote(value)


def _is_block(text: str) -> bool:
    lines = text.split("\n")
    return len(lines) > 1 and all(line.isprintable() for line in lines)


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
    texts, unreadable = [], []
    for path in files:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise click.UsageError(f"{path} cannot be read: {error.strerror}") from None
        try:
            texts.append((str(path), content.decode("utf-8-sig")))
        except UnicodeDecodeError as error:
            before = content[: error.start].decode("utf-8-sig", "replace").split("\n")
            place = (len(before), len(before[-1]) + 1)
            unreadable.append(Finding(str(path), *place, ".", "not UTF-8 text: save the file as UTF-8"))
    names = [platform.name for platform in list_platforms()]
    configuration, findings = read_files(texts, parse_rule, names, known or [])
    return configuration, [*unreadable, *findings]


def _fetch_fields(opened: Opened) -> None:
    with opened.store.read() as conn:
        rules = read_documents(conn)["rules"]
    if opened.config.account is None:
        click.echo("warning: VBOT_URL is not set: the templates' custom fields were not fetched")
        return
    client = Client(opened.config.account)
    fetched = {}
    for code in dict.fromkeys(rule["template"] for rule in rules):
        fields = _ask(client, code)
        if isinstance(fields, VBotError):
            click.echo(f"warning: template {code}: {fields.message}; the last known custom fields serve")
        else:
            fetched[code] = fields
    with opened.store.write() as conn:
        _store_fields(conn, fetched)
    for rule in rules:
        for steps, problem in _mismatches(rule, fetched.get(rule["template"])):
            click.echo(f"warning: rule {rule['rule']}: {'.'.join(steps)} {problem}")
        why = lonely(rule, fetched.get(rule["template"]), opened.config.account)
        if why is not None:
            click.echo(f"warning: rule {rule['rule']}: batch: {why}")


def _store_fields(conn: Connection, fetched: Mapping[str, list[Json]]) -> None:
    for code, fields in fetched.items():
        write_template(conn, code, fields, now())
    if fetched:
        touch_catalog(conn)


def _lonely_rules(
    configuration: Configuration, known: Mapping[str, list[Json] | VBotError], account: Account | None
) -> Iterator[Finding]:
    """A warning for each rule whose calls VBot would not take together."""
    if account is None:
        return
    for rule, spot in configuration.each("rules"):
        fields = known.get(rule["template"])
        why = lonely(rule, fields if isinstance(fields, list) else None, account)
        if why is not None:
            yield spot.below("batch").finding(why, warning=True)


def _ask_fields(
    client: Client, configuration: Configuration, known: dict[str, list[Json] | VBotError]
) -> Iterator[Finding]:
    """An error for each template that VBot does not know, and for each key that it would not take, or misses.

    What VBot says of each template is then in `known`.
    """
    for rule, spot in configuration.each("rules"):
        code = rule["template"]
        if code not in known:
            known[code] = _ask(client, code)
        fields = known[code]
        if isinstance(fields, VBotError):
            yield spot.below("template").finding(f"VBot does not tell its custom fields ({fields.message})")
            continue
        for steps, problem in _mismatches(rule, fields):
            yield spot.below(*steps).finding(problem)


def _ask(client: Client, code: str) -> list[Json] | VBotError:
    try:
        return client.custom_fields(code, time.monotonic() + VBOT_SECONDS)
    except VBotError as error:
        return error


def _mismatches(rule: Mapping[str, Json], fields: list[Json] | None) -> Iterator[tuple[tuple[str, str], str]]:
    """What VBot would refuse of every call of this rule: the place in the rule, and what is wrong."""
    if fields is None:
        return
    given = rule.get("datas", {}).keys()
    known = {str(field["cfkey"]) for field in fields}
    needed = {str(field["cfkey"]) for field in fields if field.get("isRequired")}
    for key in sorted(given - known):
        yield ("datas", key), f"is no custom field of {rule['template']}; it has: {', '.join(sorted(known)) or 'none'}"
    for key in sorted(needed - given):
        yield ("datas", key), f"is required by {rule['template']}; write a value for it"


COMMANDS = (check_command, apply_command, export_command, fields_command)
