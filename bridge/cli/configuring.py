"""check, apply, export: the configuration files and the live configuration."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import click
import yaml

from bridge.cli.batchlint import lonely_rules
from bridge.cli.fielding import check_fields, fetch_fields
from bridge.cli.listing import flaws_of
from bridge.cli.opening import Opened, now, open_database
from bridge.configuration import apply
from bridge.configuration.files import Configuration, expand, read_files
from bridge.configuration.lint import Finding
from bridge.core.model import BadSetting, Json, Source
from bridge.platforms import list_platforms
from bridge.rules.rule import parse_rule
from bridge.settings import Config, read_config, spoken_account
from bridge.store.catalog import read_documents

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
    account = spoken_account()
    for finding in _flaws(configuration):
        click.echo(str(finding))
    asked = check_fields(read_config(), configuration) if live else lonely_rules(configuration, account)
    for finding in asked:
        failed = failed or not finding.warning
        click.echo(str(finding))
    if not failed:
        counted = ", ".join(f"{len(getattr(configuration, kind))} {kind}" for kind in ("sources", "hotlines", "rules"))
        click.echo(f"ok: {counted}")
    return 1 if failed else 0


def _flaws(configuration: Configuration) -> Iterator[Finding]:
    for entry, spot in configuration.each("sources"):
        source = Source(entry["id"], entry["platform"], tuple(entry.get("secrets", ())), entry.get("settings", {}))
        for where, flaw in flaws_of(source):
            yield (spot.below(*where) if where[0] in entry else spot).finding(flaw, warning=True)


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
    """The document as YAML that `bridge.lib.yamltext` reads back as the same."""
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
    fetch_fields(opened)
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


COMMANDS = (check_command, apply_command, export_command)
