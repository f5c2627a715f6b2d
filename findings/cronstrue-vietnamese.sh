#!/usr/bin/env bash
# cronstrue 3.39.0, locale vi: "on the 15th" is said as "on 15 days of the month", and Monday as "more than Monday".
#
# Vietnamese is among its languages, and one would expect each sentence to say what the English one says. The number of a day is
# put before the word for day, where it counts days: "0 8 15 * *" is "vào 15 ngày trong tháng", on fifteen days a month, and
# "0 8 1,15 * *" is on one and fifteen days; "vào ngày 15" would be the fifteenth. Ranges have it the right way round. Of a
# day and a weekday together, the "and on" is "và hơn", and more than. A shopkeeper who reads in the console when customers
# are reminded sees another schedule than the one that runs. Show the next times as dates beside it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" cronstrue@3.39.0
cat >"$folder/expected" <<'EXPECTED'
0 8 15 * * | At 08:00 AM, on day 15 of the month | Vào 08:00, vào 15 ngày trong tháng
0 8 1 * * | At 08:00 AM, on day 1 of the month | Vào 08:00, vào 1 ngày trong tháng
0 8 1,15 * * | At 08:00 AM, on day 1 and 15 of the month | Vào 08:00, vào 1 và 15 ngày trong tháng
0 8 1-7 * * | At 08:00 AM, between day 1 and 7 of the month | Vào 08:00, giữa ngày 1 và 7 trong tháng
0 8 15 * 1 | At 08:00 AM, on day 15 of the month, and on Monday | Vào 08:00, vào 15 ngày trong tháng, và hơn Thứ 2
EXPECTED
cat >"$folder/program.js" <<'PROGRAM'
const cronstrue = require("cronstrue/i18n");

for (const schedule of ["0 8 15 * *", "0 8 1 * *", "0 8 1,15 * *", "0 8 1-7 * *", "0 8 15 * 1"]) {
  console.log(`${schedule} | ${cronstrue.toString(schedule)} | ${cronstrue.toString(schedule, { locale: "vi" })}`);
}
PROGRAM
node "$folder/program.js" >"$folder/seen" 2>"$folder/errors" || { cat "$folder/errors" >&2; exit 1; }
diff "$folder/expected" "$folder/seen" && echo "as stated: cronstrue-vietnamese"
