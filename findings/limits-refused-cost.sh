#!/usr/bin/env bash
# limits 5.8.0: a fixed window that refuses a hit with a cost is used up by it, and refuses all that would have fitted.
#
# hit() is to tell whether the cost could be deducted, and one would expect that nothing is deducted where it could not. So it
# is with the moving window and the sliding one. The fixed window, which Flask-Limiter takes by default, adds first and
# compares then: of 100 calls a minute, a batch of 150 is refused and so is each single call of that minute; of two batches
# of 60 the second leaves nothing for one of 40. A batch that is tried again each minute can hold up the calls of all
# others, though none is made. Ask test() with the cost first, or take another strategy.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check limits==5.8.0 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
fixed: 150 refused, then 1 refused | 60 allowed, 60 refused, then 40 refused, 0 left
fixed, test() first: 150 refused, then 1 allowed | 60 allowed, 60 refused, then 40 allowed, 0 left
moving: 150 refused, then 1 allowed | 60 allowed, 60 refused, then 40 allowed, 0 left
sliding: 150 refused, then 1 allowed | 60 allowed, 60 refused, then 40 allowed, 0 left
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import time

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter, SlidingWindowCounterRateLimiter

HUNDRED = parse("100/minute")


def say(limiter, key, cost, first=False):
    allowed = (not first or limiter.test(HUNDRED, key, cost=cost)) and limiter.hit(HUNDRED, key, cost=cost)
    return f"{cost} {'allowed' if allowed else 'refused'}"


for title, strategy, first in (
    ("fixed", FixedWindowRateLimiter, False),
    ("fixed, test() first", FixedWindowRateLimiter, True),
    ("moving", MovingWindowRateLimiter, False),
    ("sliding", SlidingWindowCounterRateLimiter, False),
):
    while time.time() % 60 > 50:  # all within one minute
        time.sleep(1)
    limiter = strategy(MemoryStorage())
    one = f"{say(limiter, 'one', 150, first)}, then {say(limiter, 'one', 1, first)}"
    two = f"{say(limiter, 'two', 60, first)}, {say(limiter, 'two', 60, first)}, then {say(limiter, 'two', 40, first)}"
    print(f"{title}: {one} | {two}, {limiter.get_window_stats(HUNDRED, 'two').remaining} left")
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: limits-refused-cost"
