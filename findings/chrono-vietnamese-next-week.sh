#!/usr/bin/env bash
# chrono-node 2.10.3, chrono.vi: "Tuesday of next week" is three weeks from now, and "tomorrow morning" is today.
#
# Vietnamese numbers its weekdays, and "thứ ba tuần sau" holds the words "ba tuần sau", three weeks later; these are taken and
# "thứ" is left over. Wednesday, whose name is no number, comes apart into a day and a week. Of "sáng mai" and "8 giờ tối mai"
# the "mai" is passed over, while "ngày mai" is known. One would expect what the English parser does, for Vietnamese is listed
# among the languages that are supported, not those in part. No result says that it has lost a word: a delivery or a call
# that the customer asked for comes on a wrong day. Compare the text of the result with the sentence, or ask with choices.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" chrono-node@2.10.3
cat >"$folder/expected" <<'EXPECTED'
it is 2026-11-30T09:00, a Monday
tuesday next week -> 2026-12-08
8pm tomorrow -> 2026-12-01T20:00
thứ ba tuần sau -> 2026-12-21 by "ba tuần sau"
thứ hai tuần sau -> 2026-12-14 by "hai tuần sau"
thứ tư tuần sau -> 2026-12-02 by "thứ tư" and 2026-12-07 by "tuần sau"
thứ bảy tuần này -> 2027-01-18 by "bảy tuần này"
8 giờ tối ngày mai -> 2026-12-01T20:00
8 giờ tối mai -> 2026-11-30T20:00 by "8 giờ tối"
sáng mai -> 2026-11-30 by "sáng"
EXPECTED
cat >"$folder/program.js" <<'PROGRAM'
const chrono = require("chrono-node");

const now = new Date("2026-11-30T09:00:00+07:00");
const there = (date) => new Date(date.getTime() + 7 * 3600000).toISOString().slice(0, 16);
const sentences = {
  en: ["tuesday next week", "8pm tomorrow"],
  vi: [
    "thứ ba tuần sau", "thứ hai tuần sau", "thứ tư tuần sau", "thứ bảy tuần này",
    "8 giờ tối ngày mai", "8 giờ tối mai", "sáng mai",
  ],
};

console.log(`it is ${there(now)}, a Monday`);
for (const [language, texts] of Object.entries(sentences)) {
  for (const text of texts) {
    const found = chrono[language].parse(text, { instant: now, timezone: 420 }, { forwardDate: true }).map(({ start, text: part }) => {
      const time = there(start.date());
      const said = start.isCertain("hour") ? time : time.slice(0, 10);
      return said + (part === text ? "" : ` by "${part}"`);
    });
    console.log(text, "->", found.join(" and "));
  }
}
PROGRAM
node "$folder/program.js" >"$folder/seen" 2>"$folder/errors" || { cat "$folder/errors" >&2; exit 1; }
diff "$folder/expected" "$folder/seen" && echo "as stated: chrono-vietnamese-next-week"
