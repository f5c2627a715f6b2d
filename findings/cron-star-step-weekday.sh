#!/usr/bin/env bash
# croniter 7.0.0, cron-parser 5.10.6 and croner 11.0.1 against cronsim 2.8: "0 8 */2 * 1" is 18 days of a month, or two.
#
# All four read a day of the month beside a weekday as "either", so "0 8 15 * 1" is the same in each, and one would expect that
# of a step, too. cronsim, made to do what Debian's cron does, takes a field that begins with a star for no restriction of its
# own, and both must hold: Mondays with an odd date. The others add each odd date to the Mondays. A sentence in the manual of
# cron is where it stands. An overview that shows the next runs by one of them, of a schedule that another one runs, is wrong,
# and customers are reminded every other day in place of twice a month. Write one of the two fields only, and test the other.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check croniter==7.0.0 cronsim==2.8 2>/dev/null
npm install --silent --no-audit --no-fund --prefix "$folder" cron-parser@5.10.6 croner@11.0.1
cat >"$folder/expected" <<'EXPECTED'
0 8 15 * 1, croniter -> 5 in December: 7 14 15 21 28
0 8 15 * 1, cronsim -> 5 in December: 7 14 15 21 28
0 8 */2 * 1, croniter -> 18 in December: 1 3 5 7 9 11 13 14 15 17 19 21 23 25 27 28 29 31
0 8 */2 * 1, cronsim -> 2 in December: 7 21
0 8 15 * 1, cron-parser -> 5 in December: 7 14 15 21 28
0 8 15 * 1, croner -> 5 in December: 7 14 15 21 28
0 8 */2 * 1, cron-parser -> 18 in December: 1 3 5 7 9 11 13 14 15 17 19 21 23 25 27 28 29 31
0 8 */2 * 1, croner -> 18 in December: 1 3 5 7 9 11 13 14 15 17 19 21 23 25 27 28 29 31
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
from datetime import datetime
from itertools import takewhile

from croniter import croniter
from cronsim import CronSim

start, end = datetime(2026, 12, 1), datetime(2027, 1, 1)
for expression in ("0 8 15 * 1", "0 8 */2 * 1"):
    for name, times in (("croniter", croniter(expression, start).all_next(datetime)), ("cronsim", CronSim(expression, start))):
        days = [str(time.day) for time in takewhile(lambda time: time < end, times)]
        print(f"{expression}, {name} -> {len(days)} in December: {' '.join(days)}")
PROGRAM
cat >"$folder/program.js" <<'PROGRAM'
const { CronExpressionParser } = require("cron-parser");
const { Cron } = require("croner");

const start = new Date("2026-12-01T00:00:00Z");
for (const expression of ["0 8 15 * 1", "0 8 */2 * 1"]) {
  const parsed = CronExpressionParser.parse(expression, { currentDate: start, tz: "UTC" });
  const runs = {
    "cron-parser": parsed.take(40).map((time) => time.toDate()),
    croner: new Cron(expression, { timezone: "UTC", paused: true }).nextRuns(40, start),
  };
  for (const [name, times] of Object.entries(runs)) {
    const days = times.filter((time) => time.getUTCFullYear() === 2026).map((time) => time.getUTCDate());
    console.log(`${expression}, ${name} -> ${days.length} in December: ${days.join(" ")}`);
  }
}
PROGRAM
node "$folder/program.js" >>"$folder/seen" 2>"$folder/errors" || { cat "$folder/errors" >&2; exit 1; }
diff "$folder/expected" "$folder/seen" && echo "as stated: cron-star-step-weekday"
