"""Giao Hàng Tiết Kiệm (GHTK): one form for each status of a parcel, unsigned and without the buyer.

Sources, read 2026-11-29: api.ghtk.vn (webhook), older pages of docs.giaohangtietkiem.vn and pro-docs.ghtk.vn; four
receivers in use with the same list of statuses. The JSON in the documents only illustrates: what is sent is a form.
"""

from __future__ import annotations

from bridge.core.platform import Platform
from bridge.platforms.ghtk.about import ABOUT
from bridge.platforms.ghtk.reading import NEEDS, TOPICS, dedup_key, order_id, read
from bridge.platforms.ghtk.sample import FORM, SAMPLE
from bridge.platforms.shared.carriers.unsigned import sign_as, verify
from bridge.platforms.shared.tokens import token_headers

PLATFORM = Platform(
    name="ghtk",
    title="Giao Hàng Tiết Kiệm",
    maturity="documented",
    topics=TOPICS,
    verify=verify,
    dedup_key=dedup_key,
    read=read,
    order_id=order_id,
    sign=sign_as(FORM),
    sample=SAMPLE,
    about=ABOUT,
    needs=NEEDS,
    secret_headers=token_headers,
    is_carrier=True,
)
