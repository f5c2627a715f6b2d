"""What a person who connects Facebook Lead Ads has to know."""

from __future__ import annotations

from bridge.core.platform import ADDRESS, TICK, About, Screen, Step

ABOUT = About(
    proof=(
        "`X-Hub-Signature-256`: HMAC-SHA256 của nội dung bằng App Secret; bắt tay bằng `verify_token` của bạn",
        "`X-Hub-Signature-256`: HMAC-SHA256 of the body by the App Secret; the handshake by your `verify_token`",
    ),
    needs=(
        "App Secret của ứng dụng; `verify_token`, một từ do bạn đặt; `access_token`, token dài hạn của trang có quyền "
        "`leads_retrieval`; `page_id`",
        "The app's App Secret; `verify_token`, a word of your own; `access_token`, a long-lived token of the page with "
        "`leads_retrieval`; `page_id`",
    ),
    resends=(
        "ngay lập tức, rồi thưa dần trong 36 giờ; có thể gửi trùng",
        "at once, then ever more rarely for 36 hours; duplicates are to be expected",
    ),
    traps=(
        "Tin chỉ có mã của lead: câu trả lời được hỏi từ Graph API. Lead không phải là đơn: không có số tiền, "
        "`payment.cod` là false, và cuộc gọi là chào hàng, nên quy tắc cần `advertising: true`. Tên câu hỏi là của "
        "bạn: tên lạ thì khai trong `fields`. Lead của công cụ thử là `test`, không gọi. Token hết hạn, hoặc Leads "
        "Access Manager chặn ứng dụng, thì lead vẫn được giữ với lý do `not_fetched`",
        "A message holds the lead's id alone: its answers are asked of the Graph API. A lead is no order: it has no "
        "amount, `payment.cod` is false, and to call it is advertising, so that its rule needs `advertising: true`. "
        "The names of questions are yours: name unusual ones in `fields`. A lead of the testing tool is `test`, and "
        "rings nobody. Where the token has ended, or the Leads Access Manager shuts the app out, the lead is kept, "
        "reason `not_fetched`",
    ),
    steps=(
        Step(
            "Tạo một ứng dụng ở developers.facebook.com, chép lại App Secret, và lấy token dài hạn của trang với các "
            "quyền `leads_retrieval`, `pages_manage_metadata`, `pages_read_engagement`, `pages_show_list`.",
            "Make an app at developers.facebook.com, copy its App Secret, and get a long-lived token of the page with "
            "`leads_retrieval`, `pages_manage_metadata`, `pages_read_engagement` and `pages_show_list`.",
        ),
        Step(
            'Trong `shops.yaml`: `platform: facebook_leads`, `secrets: ["${FACEBOOK_APP_SECRET}"]` và `settings: '
            '{verify_token: "${FACEBOOK_WORD}", access_token: "${FACEBOOK_TOKEN}", page_id: "…"}`; rồi chạy `check` '
            "và `apply`. Hãy làm bước này trước: Facebook bắt tay ngay khi bạn lưu địa chỉ.",
            'In `shops.yaml`: `platform: facebook_leads`, `secrets: ["${FACEBOOK_APP_SECRET}"]` and `settings: '
            '{verify_token: "${FACEBOOK_WORD}", access_token: "${FACEBOOK_TOKEN}", page_id: "…"}`; then `check` and '
            "`apply`. Do this first: Facebook shakes hands as soon as you save the address.",
            here=True,
        ),
        Step(
            "Trong ứng dụng: *Webhooks → Page*. Ghi địa chỉ `https://HOST/hooks/ID` và từ ở `verify_token`, rồi đăng "
            "ký trường `leadgen`.",
            "In the app: *Webhooks → Page*. Enter the address `https://HOST/hooks/ID` and the word in `verify_token`, "
            "then subscribe to the field `leadgen`.",
            screen=Screen(
                ("developers.facebook.com", "Webhooks", "Page"),
                (("Callback URL", ADDRESS), ("Verify token", "verify_token"), ("leadgen", TICK)),
            ),
        ),
        Step(
            "Chạy `python -m bridge sources connect facebook_leads --url https://HOST` để trang gửi lead cho ứng dụng, "
            "rồi gửi một lead bằng Lead Ads Testing Tool.",
            "Run `python -m bridge sources connect facebook_leads --url https://HOST`, so that the page sends its "
            "leads to the app, then send one by the Lead Ads Testing Tool.",
        ),
    ),
)
