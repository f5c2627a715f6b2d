"""Add a source in steps: its platform; its id, secret and settings; what to paste where; then its first delivery."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from werkzeug.exceptions import NotFound

from bridge.configuration.by_page import find_errors, new_source, write_source
from bridge.core.model import Json
from bridge.core.platform import Platform
from bridge.lib.jsonschema import schema
from bridge.lib.yamltext import BadText, read_text
from bridge.platforms import find_platform, list_platforms
from bridge.store.configuration.documents import source_ids
from bridge.web.console.language import text
from bridge.web.console.pages.sources import describe, hook_address, make_secret, need_secret, steps, title_of
from bridge.web.console.visit import Page, Visit, Wrong, get, post

SOURCE_ID = re.compile("[a-z0-9](?:[a-z0-9-]{0,62})")
_BASIC = ("scheme", "preset")


@dataclass(frozen=True)
class Field:
    """A setting that the form asks for. `kind`: text, secret, list, yes; `among`: what alone may be written."""

    name: str
    kind: str
    means: str
    needed: bool
    among: tuple[str, ...] = ()


def choose(visit: Visit) -> str:
    every = [
        {
            "name": found.name,
            "title": title_of(found, visit),
            "link": url_for("new_source.ask", platform=found.name),
        }
        for found in list_platforms()
    ]
    return visit.show("new_source.html", platforms=sorted(every, key=lambda each: str(each["title"]).casefold()))


def ask(visit: Visit, platform: str) -> str:
    found = _platform(platform)
    with visit.store.read() as conn:
        taken = set(source_ids(conn))
    base = f"{found.name.replace('_', '-')}-shop"
    names = (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3)))
    suggested = next(name for name in names if name not in taken)
    return visit.show(
        "new_source_form.html",
        platform=found,
        title=title_of(found, visit),
        suggested=suggested,
        steps=steps(found, suggested, visit),
        address=hook_address(suggested),
        fields=_fields(found, visit),
    )


def add(visit: Visit, platform: str) -> str:
    """Stored; the answer shows what to paste into the shop, and a secret that was made here this once."""
    found, source_id = _platform(platform), request.form.get("id", "").strip()
    secret, made = _secret(found)
    if not SOURCE_ID.fullmatch(source_id):
        raise Wrong("Mã nguồn chỉ gồm a-z, 0-9 và dấu -.", "An id has only a-z, 0-9 and -.")
    document: dict[str, Json] = {"id": source_id, "platform": found.name}
    document |= {"secrets": [secret]} if secret else {}
    settings = _settings(found, visit)
    document |= {"settings": settings} if settings else {}
    errors = find_errors(document)
    if errors:
        said = "; ".join(each.said(visit.language).partition(": ")[2] for each in errors)
        raise Wrong(said, said)
    with visit.store.write() as conn:
        visit.need_once(conn)
        if source_id in source_ids(conn):
            raise Wrong(
                "Mã nguồn này đã có, hoặc từng có. Hãy chọn mã khác.",
                "A source has, or had, this id. Choose another one.",
                409,
            )
        now, reason = visit.now(conn), text("thêm nguồn", "a new source")
        write_source(conn, visit.catalogs.seal, new_source(document), now, who=visit.who, reason=reason)
        visit.record(conn, "source add", f"source:{source_id}", reason)
        values = describe(visit, conn, source_id)
    return visit.show("source.html", **{**values, "made": secret if made else ""})


PAGE = Page(
    "new_source",
    ("Thêm nguồn", "Add a source"),
    place=None,
    routes=(
        get("/console/new-source", choose, role="admin"),
        get("/console/new-source/<platform>", ask, role="admin"),
        post("/console/new-source/<platform>", add, role="admin"),
    ),
)


def _platform(name: str) -> Platform:
    found = find_platform(name)
    if found is None:
        raise NotFound
    return found


def _secret(platform: Platform) -> tuple[str, bool]:
    """The secret, and whether it was made here. Wrong: the shop shows one, and it is missing."""
    given = request.form.get("secret", "").strip()
    need_secret(given)
    if given or platform.about.whose_key == "optional":
        return given, False
    if platform.about.whose_key == "shop":
        raise Wrong(
            "Hãy ghi khóa bí mật mà cửa hàng cho biết: không có khóa thì mọi tin đều bị từ chối.",
            "Write the secret that the shop shows: without it everything is refused.",
        )
    return make_secret(), True


def _fields(platform: Platform, visit: Visit) -> list[Field]:
    """The settings that a line of a form can hold, those that are needed first."""
    needed = {*platform.sample.settings, *(platform.api.credentials if platform.api else ())}
    if platform.poll is not None and not platform.sends:
        needed |= {*platform.poll.credentials[0]}
    found = []
    for name, about in _properties(platform).items():
        kind = _kind(about)
        means = about.get("x-description-vi" if visit.language == "vi" else "description") or ""
        if kind:
            among = tuple(map(str, about.get("enum", ())))
            found.append(Field(name, kind, means, name in needed, among))
    return sorted(found, key=lambda field: (not field.needed, field.name not in _BASIC))


def _properties(platform: Platform) -> Mapping[str, Json]:
    config = schema("config")["$defs"]
    properties = config.get(f"settings_{platform.name}", {}).get("properties", {})
    return {name: {**_named(config, about), **about} for name, about in properties.items()}


def _named(config: Mapping[str, Json], about: Mapping[str, Json]) -> dict[str, Json]:
    return dict(config.get(str(about.get("$ref", "")).rpartition("/")[2], {}))


def _kind(about: Mapping[str, Json]) -> str:
    if about.get("type") == "boolean":
        return "yes"
    if about.get("type") == "string":
        return "secret" if about.get("writeOnly") else "text"
    is_list = about.get("type") == "array" and about.get("items", {}).get("type") == "string"
    return "list" if is_list else ""


def _settings(platform: Platform, visit: Visit) -> dict[str, Json]:
    """What the form says, and beside it what it says as YAML."""
    found: dict[str, Json] = {}
    for field in _fields(platform, visit):
        value = request.form.get(f"setting.{field.name}", "").strip()
        if value:
            words = [word.strip() for word in value.split(",") if word.strip()]
            found[field.name] = True if field.kind == "yes" else words if field.kind == "list" else value
    more = request.form.get("more", "").strip()
    if more:
        try:
            told: Any = json.loads(json.dumps(read_text(more, "YAML").document, default=str))
        except BadText as error:
            raise Wrong(
                f"YAML, dòng {error.line}: {error.problem}", f"YAML, line {error.line}: {error.problem}"
            ) from None
        if not isinstance(told, dict):
            raise Wrong("Các thiết lập khác phải có dạng tên: giá trị.", "Other settings must be name: value.")
        found |= told
    return found
