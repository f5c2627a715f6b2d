"""What each answer of VBot means: the policy table of bridge/vbot/answers.py."""

from __future__ import annotations

from bridge.core.breaker import STOPPING
from bridge.core.model.texts import Language
from bridge.vbot.answers import ANY, POLICY, Row
from docs.generate.markdown import Blocks, table

HEADS = {
    "en": ("HTTP status", "VBot's JSON says", "its code", "the attempt is", "reason", "then"),
    "vi": ("mã HTTP", "JSON của VBot nói", "mã lỗi trong đó", "lần gửi là", "lý do", "sau đó"),
}
WORDS = {
    "en": {
        "yes": "yes",
        "no": "no",
        "nothing": "nothing",
        "any": "any",
        "accepted": "the bridge waits for the result",
        "unsure": "a person decides; it is not sent again before that",
        "token": "new token, then sent again at once; with a fixed token, or after a second refusal, all calls stop",
        "later": "sent again later",
        "alone": "each call is sent again later, alone",
        "batch": "several phones",
        "stops": "all calls stop; `replay` wakes the call later",
        "empty": "not sent again automatically; with an empty balance the reason is `no_balance` and all calls stop",
        "refused": "not sent again automatically",
    },
    "vi": {
        "yes": "có",
        "no": "không",
        "nothing": "không đọc được",
        "any": "bất kỳ",
        "accepted": "chờ kết quả",
        "unsure": "một người quyết định; trước đó không gửi lại",
        "token": "lấy token mới rồi gửi lại ngay; token cố định, hoặc bị từ chối lần nữa: ngừng mọi cuộc gọi",
        "later": "tự gửi lại sau",
        "alone": "từng cuộc gọi tự gửi lại sau, riêng lẻ",
        "batch": "nhiều số",
        "stops": "ngừng mọi cuộc gọi; sau này dùng `replay` để gọi lại",
        "empty": "không tự gửi lại; nếu tài khoản hết tiền thì lý do là `no_balance` và ngừng mọi cuộc gọi",
        "refused": "không tự gửi lại",
    },
}


def answers(language: Language) -> str:
    return table(HEADS[language], [_cells(row, WORDS[language]) for row in POLICY])


def _cells(row: Row, words: dict[str, str]) -> list[str]:
    kinds = {"4xx": range(400, 500), "5xx": range(500, 600)}
    whole = [name for name, kind in kinds.items() if set(kind) <= set(row.statuses)]
    single = sorted(status for status in row.statuses if not any(status in kinds[name] for name in whole))
    statuses = words["any"] if set(row.statuses) == set(ANY) else ", ".join([*map(str, single), *whole])
    if len(row.generations) < 3:
        statuses += " (" + ", ".join(f"`{name}`" for name in row.generations) + ")"
    if row.several:
        statuses += f", {words['batch']}"
    answered = " / ".join(words[word] for word in ("yes", "no", "nothing") if word in row.answered)
    codes = ", ".join(map(str, sorted(row.codes))) or words["any"]
    return [statuses, answered, codes, f"`{row.outcome}`", f"`{row.detail}`", words[_then(row)]]


def _then(row: Row) -> str:
    if row.outcome == "not_sent":
        return {"token_refused": "token", "batch_refused": "alone"}.get(row.detail, "later")
    if row.outcome == "refused" and (row.detail in STOPPING or not row.explained):
        return "stops" if row.detail in STOPPING else "empty"
    return row.outcome


BLOCKS: Blocks = {"answers": answers}
