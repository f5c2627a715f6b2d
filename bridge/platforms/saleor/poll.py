"""The shop's public keys, which verify its webhooks.

Source: docs.saleor.io payload-signature (read 2026-11-23)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bridge.core.model import Json, Source
from bridge.core.platform import ApiRequest, Page, Poll
from bridge.platforms.saleor.jws import read_keys
from bridge.platforms.shared.poll import base_url


def _request(source: Source, since: datetime, page: Json) -> ApiRequest:
    return ApiRequest("GET", f"{base_url(source).removesuffix('/graphql')}/.well-known/jwks.json", {})


def _read(body: bytes, headers: Mapping[str, str], page: Json) -> Page:
    return Page(keys=read_keys(body))


POLL = Poll(
    credentials=(("api_url",),),
    request=_request,
    read=_read,
    unless="jwks",
    yields="keys",
    every=timedelta(hours=1),
)
