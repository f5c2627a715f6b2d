"""Static tokens: the secret itself in a header, in the address or in the body, for shops that sign nothing; and the
word by which a subscription is confirmed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from itertools import islice
from urllib.parse import parse_qs, unquote, unquote_plus

from bridge.core.model import BadSignature, Request, Source
from bridge.core.platform import Reply
from bridge.lib import signing

MOST_PARAMETERS = 50
DEFAULT_HEADER = "X-Webhook-Token"

# What proves the sender in a body is found and hidden by one pattern: nothing that was believed can be kept.
HIDDEN = '"…"'.encode()

_MOST_TOKENS = 4  # of one body that are compared: nobody has signed it yet
_BEARER = re.compile(r"^bearer +", re.IGNORECASE)


def verify_token(request: Request, source: Source, *others: str | None) -> None:
    """Return only if the source's token header, Authorization, `?token=` or one of `others` is one of the secrets.

    Errors   BadSignature no_secret, missing_token, bad_token. Nothing else escapes.
    """
    secrets = signing.usable(source.secrets)
    values = [request.header(token_header(source)), request.header("authorization"), *others]
    values += query_values(request.query, "token")
    given = [value.strip() for value in values if value and value.strip()]
    if not given:
        raise BadSignature("missing_token")
    given += [_BEARER.sub("", value) for value in given]
    found = [signing.is_one_of(value, [secret.strip() for secret in secrets]) for value in given]
    if not any(found):
        raise BadSignature("bad_token")


def query_values(query: str, name: str) -> list[str]:
    """The values of this parameter, each as a form writes it, as an address does, and as it stands there.

    A token that was pasted into an address is seldom encoded: its "+" is no blank.
    Errors   BadSignature bad_token: too many parameters
    """
    parts = query.split("&")
    if len(parts) > MOST_PARAMETERS:
        raise BadSignature("bad_token")
    pairs = [part.partition("=") for part in parts]
    written = [value for key, _, value in pairs if unquote_plus(key) == name]
    return [read(value) for value in written for read in (unquote_plus, unquote, str)]


def answer_subscription(request: Request, tokens: Iterable[str]) -> Reply | None:
    """The challenge as plain text if a GET with `hub.*` knows one of the tokens; None for what is no subscription.

    Errors   BadSignature bad_verify_token, no_secret
    Source   docs.haravan.com, webhooks; developers.facebook.com/docs/graph-api/webhooks/getting-started
    """
    if request.method != "GET":
        return None
    try:
        query = parse_qs(request.query, max_num_fields=20)
    except ValueError:
        raise BadSignature("bad_verify_token") from None
    if not any(name.startswith("hub.") for name in query):
        return None
    expected = signing.usable(tokens)
    values = {name: value[0] for name, value in query.items() if len(value) == 1}
    known = signing.is_one_of(values.get("hub.verify_token", ""), expected)
    if not known or values.get("hub.mode") != "subscribe" or "hub.challenge" not in values:
        raise BadSignature("bad_verify_token")
    return Reply(body=values["hub.challenge"])


def token_header(source: Source) -> str:
    """The header that carries the token, as the source names it."""
    return str(source.settings.get("token_header", DEFAULT_HEADER))


def token_headers(source: Source) -> frozenset[str]:
    """The headers, in lower case, whose value is the whole secret and must not be kept."""
    return frozenset({token_header(source).lower(), "authorization"})


def find_body_tokens(body: bytes, key: str) -> list[str]:
    """The JSON texts under this key of the body, wherever it stands; those that are none are left out."""
    found = []
    for token in islice(_pattern(key).finditer(body), _MOST_TOKENS):
        try:
            found.append(str(json.loads(b'"' + token[2] + b'"')))
        except ValueError:
            continue
    return found


def hide_body_tokens(body: bytes, key: str) -> bytes:
    """The body with … for each of them."""
    return _pattern(key).sub(lambda found: found[1] + HIDDEN, body)


@cache
def _pattern(key: str) -> re.Pattern[bytes]:
    return re.compile(rb'("' + re.escape(key.encode()) + rb'"\s*:\s*)"((?:[^"\\]|\\.)*)"')
