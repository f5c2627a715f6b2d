"""What a page changes of the configuration: checked as a file would be, and kept as a revision of the origin `page`.

Files have not said it: the next `apply` of files names it as drift (bridge.configuration.revisions).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bridge.configuration import apply
from bridge.configuration.files import Configuration, read_files
from bridge.configuration.lint import KEPT, PLACEHOLDER, Finding
from bridge.configuration.revisions import Act
from bridge.configuration.source_flaws import flaws_of
from bridge.core.model import BadRule, Json, Source
from bridge.platforms import list_names
from bridge.store import Connection, Seal
from bridge.store.configuration.documents import read_credentials, read_documents


@dataclass(frozen=True, repr=False)
class EditedSource:
    """A source as its page changes it: the document as it may be shown, and its credentials in clear."""

    document: Mapping[str, Json]
    secrets: tuple[str, ...] = ()
    settings: Mapping[str, Json] = ()  # type: ignore[assignment]  # of the credentials among its settings


def open_source(conn: Connection, seal: Seal, source_id: str) -> EditedSource | None:
    """As it stands; None where there is none. Errors: BadSetting, no key opens its credentials."""
    document = next((one for one in read_documents(conn)["sources"] if one["id"] == source_id), None)
    if document is None:
        return None
    stored = read_credentials(conn, seal, source_id) or {"secrets": [], "settings": {}}
    return EditedSource(document, tuple(stored["secrets"]), dict(stored["settings"]))


def in_clear(edited: EditedSource) -> dict[str, Json]:
    """Its document with the credentials as they are, to be checked and never stored."""
    settings = {**dict(edited.document.get("settings") or {}), **dict(edited.settings)}
    secrets = {"secrets": list(edited.secrets)} if edited.secrets else {}
    return {**edited.document, **secrets, **({"settings": settings} if settings else {})}


def find_errors(document: Mapping[str, Json], known: Collection[str] = ()) -> list[Finding]:
    """What keeps this source, credentials in clear, from being stored. A page expands no ${NAME}.

    `known`: the ids that it may name
    """
    findings = _check({"sources": [document]}, known)
    if "${" in json.dumps(document):
        vietnamese = "hãy ghi chính giá trị đó: trang này không đọc ${NAME} từ môi trường"
        message = "write the value itself: a page reads no ${NAME} from the environment"
        findings.append(Finding("", 1, 1, "sources[0]", message, vietnamese=vietnamese))
    return [finding for finding in findings if not finding.warning]


def find_doubts(edited: EditedSource, now: datetime) -> list[str]:
    """What keeps it from ever working, though it can be stored; in English, as `check` warns of it."""
    settings = {**dict(edited.document.get("settings") or {}), **dict(edited.settings)}
    source = Source(str(edited.document["id"]), str(edited.document["platform"]), edited.secrets, settings)
    return [flaw for _, flaw in flaws_of(source, now)]


def write_source(conn: Connection, seal: Seal, edited: EditedSource, now: datetime, *, who: str, reason: str) -> int:
    """Store it, and return how many waiting calls ended because it is switched off."""
    written = dict(edited.document)
    secrets = [
        secret if isinstance(secret, str) and PLACEHOLDER.fullmatch(secret) else KEPT
        for secret in dict(edited.document).get("secrets") or ()
    ]
    written["secrets"] = [*secrets, *[KEPT] * len(edited.secrets)][: len(edited.secrets)]
    meant = {**written, "secrets": list(edited.secrets)}
    if "settings" in written:
        meant["settings"] = {**written["settings"], **dict(edited.settings)}
    configuration = Configuration(sources=(written,))
    wanted = apply.want(conn, seal, configuration, replace(configuration, sources=(meant,)))
    return apply.carry_out(conn, seal, wanted, now, prune=False, act=Act("page", who, reason))


def count_ended(conn: Connection, source_id: str) -> int:
    """How many waiting calls end when this source is switched off."""
    off = [{**one, "enabled": False} for one in read_documents(conn)["sources"] if one["id"] == source_id]
    as_it_is, switched_off = (apply.Wanted({"sources": one, "rules": []}, {}, {}) for one in ([], off))
    ended = apply.count_ended(conn, switched_off, prune=False)
    return ended - apply.count_ended(conn, as_it_is, prune=False)  # of a source that is off already some may still wait


def find_hotline_errors(document: Mapping[str, Json]) -> list[Finding]:
    """What keeps these limits of a hotline from being stored."""
    return [finding for finding in _check({"hotlines": [document]}) if not finding.warning]


def write_hotline(
    conn: Connection, seal: Seal, document: Mapping[str, Json], now: datetime, *, who: str, reason: str
) -> None:
    """Store a hotline's limits."""
    configuration = Configuration(hotlines=(dict(document),))
    wanted = apply.want(conn, seal, configuration, configuration)
    apply.carry_out(conn, seal, wanted, now, prune=False, act=Act("page", who, reason))


def _check(document: Mapping[str, Sequence[Any]], known: Collection[str] = ()) -> list[Finding]:
    text = json.dumps(document, ensure_ascii=False)
    return read_files([("page", text)], _no_rule, list_names(), known)[1]


def _no_rule(document: Json) -> None:
    raise BadRule("", "no rule stands here")
