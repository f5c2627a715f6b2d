#!/usr/bin/env bash
# cron 4.4.0 (npm): a daily job at 02:00 in New York runs twice in the night when the clocks go back, first at one o'clock.
#
# That night has one o'clock twice and two o'clock once, so one would expect a job of the first to be in doubt, and one of the
# second to run as ever. It is the other way round for the first hour after the change: 02:00 and 02:30 run at 01:00 and
# 01:30 of the new time, which the expression does not name, and again an hour later; in Berlin it is 03:00. Neither the time
# zone of the process nor the season in which it was started matters. croner 11.0.1 gives one. Its documentation says nothing
# of this. A nightly clean-up bears that; whatever calls or charges once a day needs a mark of its own for the day.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" cron@4.4.0 croner@11.0.1 @sinonjs/fake-timers@15.5.0
cat >"$folder/expected" <<'EXPECTED'
America/New_York, 0 2 * * * -> cron: 1. 01:00 EST, 1. 02:00 EST, 2. 02:00 EST | croner: 1. 02:00 EST, 2. 02:00 EST
America/New_York, 30 2 * * * -> cron: 1. 01:30 EST, 1. 02:30 EST, 2. 02:30 EST | croner: 1. 02:30 EST, 2. 02:30 EST
America/New_York, 0 3 * * * -> cron: 1. 03:00 EST, 2. 03:00 EST | croner: 1. 03:00 EST, 2. 03:00 EST
Europe/Berlin, 0 3 * * * -> cron: 25. 02:00 CET, 25. 03:00 CET, 26. 03:00 CET | croner: 25. 03:00 CET, 26. 03:00 CET
Asia/Ho_Chi_Minh, 0 2 * * * -> cron: 1. 02:00 GMT+7, 2. 02:00 GMT+7 | croner: 1. 02:00 GMT+7, 2. 02:00 GMT+7
EXPECTED
cat >"$folder/program.js" <<'PROGRAM'
const { install } = require("@sinonjs/fake-timers");
const { CronJob } = require("cron");
const { Cron } = require("croner");

function show(dates, zone) {
  const locale = zone.startsWith("America") ? "en-US" : "en-GB"; // each knows the abbreviations of its own zones
  const form = new Intl.DateTimeFormat(locale, {
    timeZone: zone, day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short",
  });
  return dates.map((date) => {
    const part = Object.fromEntries(form.formatToParts(date).map(({ type, value }) => [type, value]));
    return `${part.day}. ${part.hour}:${part.minute} ${part.timeZoneName}`;
  }).join(", ");
}

for (const [zone, expression, noon] of [
  ["America/New_York", "0 2 * * *", "2026-10-31T16:00:00Z"],
  ["America/New_York", "30 2 * * *", "2026-10-31T16:00:00Z"],
  ["America/New_York", "0 3 * * *", "2026-10-31T16:00:00Z"],
  ["Europe/Berlin", "0 3 * * *", "2026-10-24T10:00:00Z"],
  ["Asia/Ho_Chi_Minh", "0 2 * * *", "2026-10-31T05:00:00Z"],
]) {
  const clock = install({ now: new Date(noon), toFake: ["Date", "setTimeout", "clearTimeout"] });
  const ran = [];
  const job = CronJob.from({ cronTime: expression, timeZone: zone, start: true, onTick: () => ran.push(new Date()) });
  clock.tick(48 * 3600 * 1000); // the job runs, two days pass
  job.stop();
  clock.uninstall();
  const expected = new Cron(expression, { timezone: zone, paused: true }).nextRuns(2, new Date(noon));
  console.log(`${zone}, ${expression} -> cron: ${show(ran, zone)} | croner: ${show(expected, zone)}`);
}
PROGRAM
node "$folder/program.js" >"$folder/seen" 2>"$folder/errors" || { cat "$folder/errors" >&2; exit 1; }
diff "$folder/expected" "$folder/seen" && echo "as stated: cron-clocks-back"
