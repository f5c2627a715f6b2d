"""Giao Hàng Nhanh (GHN): one delivery for each status of a parcel, unsigned and without the buyer.

With a token of the shop, its API gives the buyer of a parcel, and takes the wish that it is delivered again. Sources,
read 2026-11-29: api.ghn.vn, documents 47 (webhook), 119 (order's detail), 65 and 72 (deliver again, send back); lists
of its statuses in receivers in use.
"""

from __future__ import annotations

from bridge.core.platform import Api, Platform
from bridge.platforms.ghn.about import ABOUT
from bridge.platforms.ghn.api import wanted
from bridge.platforms.ghn.reading import NEEDS, TOPICS, dedup_key, order_id, read
from bridge.platforms.ghn.sample import SAMPLE
from bridge.platforms.ghn.write_back import WRITE_BACK
from bridge.platforms.shared.carriers.unsigned import sign_as, verify
from bridge.platforms.shared.tokens import token_headers

PLATFORM = Platform(
    name="ghn",
    title="Giao Hàng Nhanh",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    order_id=order_id,
    sign=sign_as("application/json"),
    sample=SAMPLE,
    about=ABOUT,
    needs=NEEDS,
    secret_headers=token_headers,
    api=Api(credentials=(), wanted=wanted),
    write_back=WRITE_BACK,
    is_carrier=True,
)
