"""The JSON Schemas of configuration files and of what a rule sees, for editors that complete and check as one types."""

from __future__ import annotations

from flask import Blueprint, Response, abort

from bridge.lib.jsonschema import FOLDER, SUFFIX

# Those that hold nothing of a shop; the file's name is the whole path.
PUBLIC = ("config", "event")

blueprint = Blueprint("schemas", __name__)


@blueprint.get(f"/schemas/<name>{SUFFIX}")
def serve_schema(name: str) -> Response:
    if name not in PUBLIC:
        abort(404)
    text = (FOLDER / f"{name}{SUFFIX}").read_text(encoding="utf-8")
    # Editors in a browser ask from another origin, and there is nothing here to hide.
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=300"}
    return Response(text, mimetype="application/schema+json", headers=headers)
