"""Google Ads lead forms: the answers as a list, the advertiser's key in the body."""

from bridge.platforms.generic.presets import Preset

PRESET = Preset(
    title="Google Ads (lead form)",
    maturity="documented",
    fact="developers.google.com/google-ads/webhook/docs/implementation (read 2026-11-30)",
    settings={
        "scheme": "token",
        "token_field": "google_key",
        "topic": "order.created",
        "dedup": "lead_id",
        "fields": {
            "id": "lead_id",
            "phone": [
                "user_column_data[column_id=PHONE_NUMBER].string_value",
                "user_column_data[column_id=WORK_PHONE].string_value",
            ],
            "customer.name": "user_column_data[column_id=FULL_NAME].string_value",
            "customer.first_name": "user_column_data[column_id=FIRST_NAME].string_value",
            "customer.last_name": "user_column_data[column_id=LAST_NAME].string_value",
            "customer.email": "user_column_data[column_id=EMAIL].string_value",
            "shipping.city": "user_column_data[column_id=CITY].string_value",
            "channel": "campaign_id",
            "test": "is_test",
        },
        "answer": "{}",
    },
    needs=(
        "Trong Google Ads: phần Lead form > Export leads > Webhook, điền địa chỉ của nguồn và Key là token của "
        "nguồn. Google gửi Key trong trường `google_key`; bridge không lưu lại giá trị này",
        "In Google Ads: Lead form > Export leads > Webhook, write the source's address, and its token as Key. "
        "Google sends the key in `google_key`, which is not kept",
    ),
    traps=(
        "Một lượt đăng ký không phải là đơn hàng và không có số tiền: gọi chào hàng là quảng cáo, hãy đặt "
        "`advertising: true` trong quy tắc. Nút Send test data gửi `is_test`, nên không ai bị gọi",
        "A lead is no order and has no amount: to call it with an offer is advertising, so set `advertising: "
        "true` in its rule. The button Send test data marks `is_test`, and nobody is rung",
    ),
)
