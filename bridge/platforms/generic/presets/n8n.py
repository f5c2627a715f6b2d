"""n8n, Make, Zapier and their like: a step that sends what it is told, in our own names."""

from bridge.platforms.generic.presets import Preset

PRESET = Preset(
    title="n8n, Make, Zapier",
    maturity="ours",
    fact="docs.n8n.io: HTTP Request node (read 2026-11-29)",
    settings={"scheme": "token"},
    needs=(
        "Thêm bước HTTP Request (POST, JSON) với header `X-Webhook-Token` là token của nguồn (n8n: Header Auth), "
        'và ghép dữ liệu vào tên của bridge: `{"topic": "order.created", "order": {"id", "number", "total", '
        '"phone", "created_at", "updated_at", "payment": {"method"}}, "customer": {"name"}}`',
        "Add a step HTTP Request (POST, JSON) with the header `X-Webhook-Token` (n8n: Header Auth), and write the"
        ' data under the bridge\'s own names: `{"topic": "order.created", "order": {"id", "number", "total", '
        '"phone", "created_at", "updated_at", "payment": {"method"}}, "customer": {"name"}}`',
    ),
    traps=(
        "Bật Retry On Fail cho bước này. Thử lại không gọi hai lần: nội dung giống hệt là cùng một tin",
        "Switch on Retry On Fail for the step. A repeat does not ring twice: an equal body is the same delivery",
    ),
)
