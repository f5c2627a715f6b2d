"""J&T Express Vietnam: one form for each scan of a parcel, without the buyer; it names the courier.

Its `digest` is verified where the source has the private key. Sources, read 2026-11-29: a reader's note of
open.jtexpress.vn, two receivers in use.
"""

from __future__ import annotations

from bridge.core.platform import Platform, Reply
from bridge.platforms.jt_express.about import ABOUT
from bridge.platforms.jt_express.reading import NEEDS, TOPICS, dedup_key, order_id, read
from bridge.platforms.jt_express.sample import SAMPLE
from bridge.platforms.jt_express.signature import sign, verify
from bridge.platforms.shared.tokens import token_headers

PLATFORM = Platform(
    name="jt_express",
    title="J&T Express",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    order_id=order_id,
    sign=sign,
    sample=SAMPLE,
    about=ABOUT,
    needs=NEEDS,
    secret_headers=token_headers,
    reply=Reply(200, '{"code":"1","msg":"success","data":null}', "application/json"),
    is_carrier=True,
)
