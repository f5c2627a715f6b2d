#!/usr/bin/env bash
# rrule 2.8.1 (JavaScript): a daily series in Viet Nam's time loses its last morning, for UNTIL's Z is passed over.
#
# iCalendar wants UNTIL in UTC where DTSTART has a zone: 08:00 on the third of November is UNTIL=20261103T010000Z. rrule takes
# that for 01:00 in the zone itself, and the third does not occur. East of Greenwich a series ends too early, west of it too
# late: five hours of New York get into a series by the hour. Its documentation promises TZID, and that what falls on UNTIL is
# the last occurrence. python-dateutil 4.0.0 has them right, and refuses the text that rrule writes of the same rule, since
# the Z is missing there too. Give a COUNT instead.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check python-dateutil==4.0.0 2>/dev/null
npm install --silent --no-audit --no-fund --prefix "$folder" rrule@2.8.1
printf '%s\n' >"$folder/series" \
  'DTSTART;TZID=Asia/Ho_Chi_Minh:20261101T080000|RRULE:FREQ=DAILY;UNTIL=20261103T010000Z' \
  'DTSTART;TZID=Asia/Ho_Chi_Minh:20261101T080000|RRULE:FREQ=DAILY;COUNT=3' \
  'DTSTART;TZID=America/New_York:20261203T080000|RRULE:FREQ=HOURLY;UNTIL=20261203T150000Z' \
  'DTSTART:20261101T080000Z|RRULE:FREQ=DAILY;UNTIL=20261103T080000Z'
cat >"$folder/expected" <<'EXPECTED'
DTSTART;TZID=Asia/Ho_Chi_Minh:20261101T080000|RRULE:FREQ=DAILY;UNTIL=20261103T010000Z
  rrule: 2, the last at 02 01:00Z | python-dateutil: 3, the last at 03 01:00Z
  written by rrule, read by python-dateutil: RRULE UNTIL values must be specified in UTC when DTSTART is timezone-aware
DTSTART;TZID=Asia/Ho_Chi_Minh:20261101T080000|RRULE:FREQ=DAILY;COUNT=3
  rrule: 3, the last at 03 01:00Z | python-dateutil: 3, the last at 03 01:00Z
  written by rrule, read by python-dateutil: 3 occurrences
DTSTART;TZID=America/New_York:20261203T080000|RRULE:FREQ=HOURLY;UNTIL=20261203T150000Z
  rrule: 8, the last at 03 20:00Z | python-dateutil: 3, the last at 03 15:00Z
  written by rrule, read by python-dateutil: RRULE UNTIL values must be specified in UTC when DTSTART is timezone-aware
DTSTART:20261101T080000Z|RRULE:FREQ=DAILY;UNTIL=20261103T080000Z
  rrule: 3, the last at 03 08:00Z | python-dateutil: 3, the last at 03 08:00Z
  written by rrule, read by python-dateutil: 3 occurrences
EXPECTED
cat >"$folder/program.js" <<'PROGRAM'
const { rrulestr } = require("rrule");

for (const text of require("node:fs").readFileSync(process.argv[2], "utf8").trim().split("\n")) {
  const rule = rrulestr(text.replace("|", "\n"));
  console.log(JSON.stringify([rule.all().map((date) => date.toISOString()), rule.toString()]));
}
PROGRAM
TZ=UTC node "$folder/program.js" "$folder/series" >"$folder/javascript"
"$folder/venv/bin/python" - "$folder" >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import json
import pathlib
import sys
from datetime import datetime, timezone

from dateutil.rrule import rrulestr

folder = pathlib.Path(sys.argv[1])
series, javascript = ((folder / name).read_text().splitlines() for name in ("series", "javascript"))
for text, answer in zip(series, javascript, strict=True):
    said, written = json.loads(answer)
    python = [when.astimezone(timezone.utc) for when in rrulestr(text.replace("|", "\n"))]
    js = [datetime.fromisoformat(when) for when in said]
    try:
        again = f"{len(list(rrulestr(written)))} occurrences"
    except ValueError as error:
        again = str(error)
    print(text)
    ends = [f"{len(found)}, the last at {found[-1]:%d %H:%MZ}" for found in (js, python)]
    print(f"  rrule: {ends[0]} | python-dateutil: {ends[1]}")
    print(f"  written by rrule, read by python-dateutil: {again}")
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: rrule-until"
