"""A source's settings as a form: the fields that the schema gives its platform, and what is wrong at which of them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from markupsafe import Markup

from bridge.configuration.by_page import EditedSource, find_errors, in_clear
from bridge.configuration.lint import KEPT
from bridge.core.model import Json
from bridge.core.model.texts import Language
from bridge.core.platform import Platform
from bridge.core.reasons.problems import finding_vi
from bridge.lib.jsonschema import schema
from bridge.lib.yamltext import BadText, read_text, write_yaml
from bridge.web.console.markdown import marked

_FIRST = ("scheme", "preset")
_OWN = ("timezone", "country", "max_per_day")
_PLACE = re.compile(r"^sources\[0\]\.(?:settings\.)?(?P<key>[a-z_]+)")


@dataclass(frozen=True)
class Field:
    """One setting. `name`: of its input, `setting.KEY` or, beside the platform's settings, `source.KEY`.

    kind    text, number, choice (of `among`), yes, list (a line each), yaml, or secret, which is never shown
    usual   what holds without it
    needed  nothing works without it
    """

    name: str
    kind: str
    means: Markup
    needed: bool = False
    among: tuple[str, ...] = ()
    usual: str = ""
    is_whole: bool = False

    @property
    def key(self) -> str:
        return self.name.partition(".")[2]


@dataclass(frozen=True, repr=False)
class Form:
    """The fields with what stands in them, by their names.

    wrong   sentences by the field where they belong; "" for those that belong to none
    kept    the names of the secrets that are stored
    """

    fields: tuple[Field, ...]
    values: Mapping[str, str]
    kept: frozenset[str] = frozenset()
    wrong: Mapping[str, list[str]] = field(default_factory=dict)


def open_form(platform: Platform, edited: EditedSource, language: Language) -> Form:
    """As the source stands."""
    fields = tuple(_fields(platform, language))
    values = {one.name: _shown(one, _place(one, edited.document).get(one.key)) for one in fields}
    kept = {one.name for one in fields if one.kind == "secret" and one.key in edited.settings}
    return Form(fields, values, frozenset(kept))


def read_form(
    platform: Platform, edited: EditedSource, sent: Mapping[str, str], known: Collection[str], language: Language
) -> tuple[EditedSource, Form]:
    """The source as the form wants it, and the form with what was typed and what is wrong in it.

    A secret that is left empty stays; `clear.NAME` takes it away. `known`: ids of all sources.
    """
    form = open_form(platform, edited, language)
    document = {**edited.document, "settings": dict(edited.document.get("settings") or {})}
    secrets = dict(edited.settings)
    typed, wrong = {}, {}
    for one in form.fields:
        given = sent.get(one.name, "").replace("\r\n", "\n").strip()
        typed[one.name] = "" if one.kind == "secret" else given
        try:
            _put(one, given, form.values[one.name], document, secrets, clear=bool(sent.get(f"clear.{one.name}")))
        except BadText as bad:
            problem = finding_vi(bad.problem) if language == "vi" else bad.problem
            wrong[one.name] = [f"{'dòng' if language == 'vi' else 'line'} {bad.line}: {problem}"]
    if not document["settings"]:
        del document["settings"]
    changed = replace(edited, document=document, settings=secrets)
    for name, said in _errors(form, changed, known, language):
        wrong.setdefault(name, []).append(said)
    return changed, replace(form, values=typed, wrong=wrong)


def _put(
    one: Field, given: str, before: str, document: dict[str, Json], secrets: dict[str, Json], *, clear: bool
) -> None:
    """Write what one field says. Errors: BadText, it is no YAML."""
    place = _place(one, document)
    if one.kind == "secret":
        if clear:
            place.pop(one.key, None)
            secrets.pop(one.key, None)
        elif given:
            place[one.key], secrets[one.key] = KEPT, given
        return
    if given == before:
        return
    secrets.pop(one.key, None)  # what a variable of a file held
    if given:
        place[one.key] = _meant(one, given)
    else:
        place.pop(one.key, None)


def _errors(form: Form, changed: EditedSource, known: Collection[str], language: Language) -> Iterator[tuple[str, str]]:
    names = {one.key: one.name for one in form.fields}
    for finding in find_errors(in_clear(changed), known):
        found = _PLACE.match(finding.path)
        yield names.get(found["key"], "") if found else "", finding.message_in(language)


def _place(one: Field, document: Mapping[str, Json]) -> dict[str, Json]:
    """Where the field stands in the document: among the settings, or beside them."""
    found: Any = document.get("settings", {}) if one.name.startswith("setting.") else document
    return found  # type: ignore[no-any-return]


def _shown(one: Field, value: Json) -> str:
    if value is None or one.kind == "secret":
        return ""
    if one.kind == "yes":
        return "1" if value is True else ""
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return write_yaml(value).strip() if isinstance(value, dict) else str(value)


def _meant(one: Field, given: str) -> Json:
    if one.kind == "yes":
        return True
    if one.kind == "list":
        lines = [line.strip() for line in given.split("\n") if line.strip()]
        return [_number(line) if one.is_whole else line for line in lines]
    if one.kind == "number":
        return _number(given)
    if one.kind == "yaml":
        return json.loads(json.dumps(read_text(given, "YAML").document, default=str))
    return given


def _number(given: str) -> Json:
    """The number, or the text as it is, which the schema then refuses."""
    for kind in (int, float):
        try:
            return kind(given)
        except ValueError:
            continue
    return given


def _fields(platform: Platform, language: Language) -> Iterator[Field]:
    needed = {*platform.sample.settings, *(platform.api.credentials if platform.api else ())}
    if platform.poll is not None and not platform.sends:
        needed |= {*platform.poll.credentials[0]}
    config = schema("config")["$defs"]
    settings = config.get(f"settings_{platform.name}", {}).get("properties", {})
    whole = {key: _whole(config, about) for key, about in settings.items()}
    found = [_field(f"setting.{key}", about, language, needed=key in needed) for key, about in whole.items()]
    yield from sorted(found, key=lambda one: (not one.needed, one.key not in _FIRST))
    for key in _OWN:
        yield _field(f"source.{key}", config["source"]["properties"][key], language, needed=False)


def _field(name: str, about: Mapping[str, Json], language: Language, *, needed: bool) -> Field:
    usual = about.get("default")
    return Field(
        name,
        _kind(about),
        marked(about.get("x-description-vi" if language == "vi" else "description") or ""),
        needed,
        tuple(map(str, about.get("enum", ()))),
        "" if isinstance(usual, bool | dict | None) else _shown_usual(usual),
        is_whole=about.get("items", {}).get("type") == "integer",
    )


def _shown_usual(usual: Json) -> str:
    return ", ".join(map(str, usual)) if isinstance(usual, list) else str(usual)


def _whole(config: Mapping[str, Json], about: Mapping[str, Json]) -> dict[str, Json]:
    """A property with what it refers to."""
    return {**dict(config.get(str(about.get("$ref", "")).rpartition("/")[2], {})), **about}


def _kind(about: Mapping[str, Json]) -> str:
    if about.get("writeOnly"):
        return "secret"
    if "enum" in about:
        return "choice"
    kinds = {"boolean": "yes", "array": "list", "integer": "number", "number": "number", "object": "yaml"}
    named = about.get("type", "string")
    if isinstance(named, list):
        return "yaml" if "object" in named else "text"
    return kinds.get(named, "text")
