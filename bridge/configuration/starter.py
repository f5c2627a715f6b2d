"""The first shop's configuration file, as `init` writes it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LINES = """\
sources:
  - id: {source}
    platform: {platform}
    secrets: ["${{{prefix}_SECRET}}"]{read}
{settings}rules:
  - rule: confirm-cod
    template: {template}{template_comment}
    on: [order.created]
    when: order.payment.cod{when_comment}
    datas:{datas_comment}
      customer_name: {{from: [shipping.name, customer.name], format: [clean, name_vi], default: "quý khách"}}
      order_id: "{{{{ order.number | remove: '#' }}}}"
      total: {{from: order.total, format: vnd_words}}
    after: 10m{after_comment}
    window: {{days: mon-sun, from: "08:00", to: "20:00"}}
    answers: {{"1": confirmed, "2": declined, "0": agent}}
"""


@dataclass(frozen=True)
class Starter:
    """A shop and its template.

    settings  what its platform needs beside the secret, each from a variable
    holds     whether they stand there to be read, and not as a comment until they are known
    """

    source: str
    platform: str
    template: str
    settings: Sequence[str] = ()
    holds: bool = False

    def variable(self, name: str) -> str:
        """The variable of the environment that holds this secret of the shop."""
        return f"{self._prefix}_{name.upper()}"

    def write(self, language: str) -> str:
        """The file's text, its remarks in Vietnamese (`vi`) or English."""

        def text(vietnamese: str, english: str) -> str:
            return vietnamese if language == "vi" else english

        return _LINES.format(
            source=self.source,
            platform=self.platform,
            template=self.template,
            prefix=self._prefix,
            settings=self._settings(),
            read=text("   # `apply` đọc từ .env", "   # `apply` reads it from .env"),
            template_comment=text("   # mã kịch bản trên VBot", "   # VBot's template code"),
            when_comment=text(
                "   # chỉ gọi đơn thu tiền khi nhận hàng", "   # calls only orders that are paid on delivery"
            ),
            datas_comment=text(
                "   # mỗi trường tùy chỉnh của kịch bản một dòng: xem lệnh fields",
                "   # one line for each custom field of the template: see the command fields",
            ),
            after_comment=text("   # để khách kịp nghĩ lại", "   # time for the customer to change their mind"),
        )

    @property
    def _prefix(self) -> str:
        name = re.sub("[^A-Z0-9]", "_", self.source.upper())
        return name if name[0].isalpha() else f"SHOP_{name}"

    def _settings(self) -> str:
        if not self.settings:
            return ""
        pairs = ", ".join(f'{name}: "${{{self.variable(name)}}}"' for name in self.settings)
        return f"    {'' if self.holds else '# '}settings: {{{pairs}}}\n"
