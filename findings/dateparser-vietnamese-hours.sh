#!/usr/bin/env bash
# dateparser 1.5.0, language vi: "20 giờ", eight in the evening, is twenty hours ago, even beside a date.
#
# Vietnamese says the hour of the clock and a number of hours with one word, and people write "20 giờ 5/12/2026" or "giao lúc
# 8 giờ". The hour is taken for a distance from now, without an error; of "20 giờ ngày 5/12/2026" the date is passed over, and
# tomorrow at eight is eight hours after this time of tomorrow. "20:00" is a time, and so is "8 PM" in English, by which one
# would judge. With PREFER_DATES_FROM="future", meant for deliveries, "08:00 SA", as Viet Nam writes a.m., is the first of
# the month, long past. The parcel, or the call, comes at an hour that nobody named, perhaps at night.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check dateparser==1.5.0 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
it is 2026-11-30 09:00
8 PM, en -> 2026-11-30 20:00 | future: 2026-11-30 20:00
20:00 ngày mai, vi -> 2026-12-01 20:00 | future: 2026-12-01 20:00
lúc 20 giờ, vi -> 2026-11-29 13:00 | future: 2026-12-01 05:00
ngày mai lúc 8 giờ, vi -> 2026-12-01 17:00 | future: 2026-12-01 17:00
20 giờ ngày 5/12/2026, vi -> 2026-11-29 13:00 | future: 2026-12-01 05:00
08:00 CH, vi -> 2026-11-30 20:00 | future: 2026-11-30 20:00
08:00 SA, vi -> 2026-11-30 08:00 | future: 2026-11-01 08:00
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
from datetime import datetime

import dateparser

now = datetime(2026, 11, 30, 9)
texts = ["20:00 ngày mai", "lúc 20 giờ", "ngày mai lúc 8 giờ", "20 giờ ngày 5/12/2026", "08:00 CH", "08:00 SA"]
print(f"it is {now:%Y-%m-%d %H:%M}")
for language, text in [("en", "8 PM"), *(("vi", text) for text in texts)]:
    near, future = (
        dateparser.parse(text, languages=[language], settings={"RELATIVE_BASE": now, **more})
        for more in ({}, {"PREFER_DATES_FROM": "future"})
    )
    print(f"{text}, {language} -> {near:%Y-%m-%d %H:%M} | future: {future:%Y-%m-%d %H:%M}")
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: dateparser-vietnamese-hours"
