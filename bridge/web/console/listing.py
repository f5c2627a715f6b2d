"""What the pages of lists share: what their filters say, and the link to what is older."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlencode

from flask import request, url_for

MOST_ID = 2**63 - 1  # that a database holds
MOST_LETTERS = 200


def chosen(name: str, known: Collection[str]) -> str | None:
    """What the filter of this name says, if it is one of those known."""
    value = request.args.get(name)
    return value if value in known else None


def search() -> str:
    """What somebody looks for."""
    return " ".join(request.args.get("q", "").split())[:MOST_LETTERS]


def cursor() -> int | None:
    """The id behind which to go on; None at the beginning, and where it is none."""
    written = request.args.get("after", "")
    is_id = written.isascii() and written.isdigit() and len(written) < 20 and 0 < int(written) <= MOST_ID
    return int(written) if is_id else None


def older(endpoint: str, following: str | None) -> str | None:
    """The address of what is older, with the same filters; None where nothing is."""
    if following is None:
        return None
    kept = [(name, value) for name, value in request.args.items() if name != "after"]
    return f"{url_for(endpoint)}?{urlencode([*kept, ('after', following)])}"
