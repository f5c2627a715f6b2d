#!/usr/bin/env bash
# p-queue 9.3.5 and Bottleneck 2.19.5: after a time-out a queue with a concurrency of one has three jobs running at once.
#
# Nobody expects a promise to be stopped from outside, but a queue that lets one job run at a time should keep the place of one
# that still runs. A job whose timeout, or expiration, is over is reported as failed and its place is given away, while it
# goes on beside the next one and the one after that. All three end well, too, though each of them is said to have failed, and
# whoever repeats what failed places a call twice. The more slowly a telephone API answers, the more requests it gets at
# once, from a queue that is there to send one. p-queue's documentation does not say it, and Bottleneck's recommends an
# expiration for each job of a cluster. Give the request itself the time limit.
# Guess that is wrong: concurrency 1 means that two jobs never run at once.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" p-queue@9.3.5 bottleneck@2.19.5
cat >"$folder/expected" <<'EXPECTED'
p-queue, no time-out: at once 1, said to have failed 0, ended well 3
p-queue, 1 s: at once 3, said to have failed 3, ended well 3
Bottleneck, no time-out: at once 1, said to have failed 0, ended well 3
Bottleneck, 1 s: at once 3, said to have failed 3, ended well 3
EXPECTED
cat >"$folder/program.mjs" <<'PROGRAM'
import Bottleneck from "bottleneck";
import PQueue from "p-queue";

const wait = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

async function tell(title, seconds, add) {
  let inside = 0;
  let most = 0;
  let well = 0;
  const call = async () => {
    most = Math.max(most, ++inside);
    await wait(seconds);
    inside -= 1;
    well += 1;
  };
  const ends = await Promise.allSettled([call, call, call].map(add));
  const failed = ends.filter((end) => end.status === "rejected").length;
  while (well < 3) await wait(0.1);
  console.log(`${title}: at once ${most}, said to have failed ${failed}, ended well ${well}`);
}

const patient = new PQueue({ concurrency: 1 });
const hasty = new PQueue({ concurrency: 1, timeout: 1000 });
await tell("p-queue, no time-out", 0.5, (call) => patient.add(call));
await tell("p-queue, 1 s", 5, (call) => hasty.add(call));
const one = new Bottleneck({ maxConcurrent: 1 });
await tell("Bottleneck, no time-out", 0.5, (call) => one.schedule(call));
await tell("Bottleneck, 1 s", 5, (call) => one.schedule({ expiration: 1000 }, call));
PROGRAM
node "$folder/program.mjs" >"$folder/seen" 2>"$folder/errors" || { cat "$folder/errors" >&2; exit 1; }
diff "$folder/expected" "$folder/seen" && echo "as stated: p-queue-timeout"
