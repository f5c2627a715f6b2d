"""Configuration files, read from disk."""

from __future__ import annotations

from pathlib import Path

import click

from bridge.cli.shared.language import misuse
from bridge.configuration.files import Configuration, in_order, read_files
from bridge.configuration.lint import Finding
from bridge.configuration.rule_flaws import Seen, find_rule_flaws
from bridge.platforms import list_names
from bridge.rules.rule import parse_rule

files_argument = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))


def read_configuration(
    files: tuple[Path, ...], known: list[str] | None = None, seen: Seen | None = None
) -> tuple[Configuration, list[Finding]]:
    texts, unreadable = [], []
    for path in files:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise misuse(
                f"không đọc được {path}: {error.strerror}", f"{path} cannot be read: {error.strerror}"
            ) from None
        try:
            texts.append((str(path), content.decode("utf-8-sig")))
        except UnicodeDecodeError as error:
            before = content[: error.start].decode("utf-8-sig", "replace").split("\n")
            place = (len(before), len(before[-1]) + 1)
            unreadable.append(Finding(str(path), *place, ".", "not UTF-8 text: save the file as UTF-8"))
    configuration, findings = read_files(texts, parse_rule, list_names(), known or [])
    findings = in_order([*findings, *find_rule_flaws(configuration, seen)], texts)
    return configuration, [*unreadable, *findings]
