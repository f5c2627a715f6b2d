#!/usr/bin/env bash
# pyrate-limiter 4.5.1: all names share one limit, so that one shop uses up the calls of the others.
#
# try_acquire(name) calls the name "the bucket key to acquire from", its description promises limits for each key, and
# one would expect a limit for each name, as limits 5.8.0 has. A Limiter made of rates, or of a bucket, in memory or in
# SQLite, has one bucket and looks at no name: after two requests of shop A the first of shop B is refused, or waits, for
# waiting is what it does by default. In a test with one name it looks right. Who wants a limit for each name writes a
# BucketFactory of his own, as the description shows further down.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyrate-limiter==4.5.1 limits==5.8.0 2>/dev/null
export TMPDIR="$folder"  # SQLiteBucket makes its file there
cat >"$folder/expected" <<'EXPECTED'
two a minute, Limiter(Rate): a taken, a taken, b refused, c refused
two a minute, Limiter(SQLiteBucket): a taken, a taken, b refused, c refused
two a minute, a BucketFactory for each name: a taken, a taken, b taken, c taken
two a minute, limits: a taken, a taken, b taken, c taken
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from pyrate_limiter import BucketFactory, Duration, InMemoryBucket, Limiter, MonotonicClock, Rate, RateItem, SQLiteBucket

TWO = Rate(2, Duration.MINUTE)


class EachName(BucketFactory):
    def __init__(self):
        self.clock, self.buckets = MonotonicClock(), {}

    def wrap_item(self, name, weight=1):
        return RateItem(name, self.clock.now(), weight=weight)

    def get(self, item):
        if item.name not in self.buckets:
            self.buckets[item.name] = self.create(InMemoryBucket, [TWO])
        return self.buckets[item.name]


def ask(title, acquire):
    print(f"two a minute, {title}:", ", ".join(f"{name} {'taken' if acquire(name) else 'refused'}" for name in "aabc"))


for title, limiter in (
    ("Limiter(Rate)", Limiter(TWO)),
    ("Limiter(SQLiteBucket)", Limiter(SQLiteBucket.init_from_file([TWO]))),
    ("a BucketFactory for each name", Limiter(EachName())),
):
    ask(title, lambda name, limiter=limiter: limiter.try_acquire(name, blocking=False))
moving = MovingWindowRateLimiter(MemoryStorage())
ask("limits", lambda name: moving.hit(parse("2/minute"), name))
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: pyrate-limiter-names"
