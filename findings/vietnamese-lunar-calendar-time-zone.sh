#!/usr/bin/env bash
# vietnamese-lunar-calendar 0.0.6: what lunar day a date is depends on the time zone of the machine that asks.
#
# new LunarDate(2026, 2, 17) takes a year, a month and a day, not an instant, its calendar is one of Viet Nam's own time, and
# its documentation names no zone. In Asia/Ho_Chi_Minh it agrees, on each day of 25 years, with the same computation at a
# fixed seven hours. Under UTC, as servers and CI run, one day in three is another one and Tet of 2024 comes a day early; in
# New York it is more than half. Whoever tries it in Viet Nam sees it right, and the server then rests on New Year's Eve.
# Set TZ=Asia/Ho_Chi_Minh for that process, or take a library that is told the offset, as amlich 0.0.2 is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" vietnamese-lunar-calendar@0.0.6 amlich@0.0.2
cat >"$folder/expected" <<'EXPECTED'
TZ=Asia/Ho_Chi_Minh: 0 of 9132 days are others | Tet: 2024-02-10, 2025-01-29, 2026-02-17, 2027-02-06
TZ=UTC: 2968 of 9132 days are others | Tet: 2024-02-09, 2025-01-29, 2026-02-17, 2027-02-06
TZ=America/New_York: 4952 of 9132 days are others | Tet: 2024-02-09, 2025-01-29, 2026-02-17, 2027-02-06
EXPECTED
cat >"$folder/program.js" <<'PROGRAM'
const { convertSolar2Lunar } = require("amlich");
const { LunarDate } = require("vietnamese-lunar-calendar");

let days = 0;
let others = 0;
const tet = [];
for (let time = Date.UTC(2020, 0, 1); time < Date.UTC(2045, 0, 1); time += 86400000) {
  const [year, month, day] = new Date(time).toISOString().slice(0, 10).split("-").map(Number);
  const lunar = new LunarDate(year, month, day);
  const [fixedDay, fixedMonth] = convertSolar2Lunar(day, month, year, 7);
  days += 1;
  if (lunar.date !== fixedDay || lunar.month !== fixedMonth) others += 1;
  if (lunar.holiday === "Tết Nguyên Đán" && year >= 2024 && year <= 2027) tet.push(new Date(time).toISOString().slice(0, 10));
}
console.log(`TZ=${process.env.TZ}: ${others} of ${days} days are others | Tet: ${tet.join(", ")}`);
PROGRAM
for zone in Asia/Ho_Chi_Minh UTC America/New_York; do TZ=$zone node "$folder/program.js"; done >"$folder/seen"
diff "$folder/expected" "$folder/seen" && echo "as stated: vietnamese-lunar-calendar-time-zone"
