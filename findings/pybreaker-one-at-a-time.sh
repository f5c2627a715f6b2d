#!/usr/bin/env bash
# pybreaker 1.4.1: a breaker that is closed lets one thread through at a time.
#
# It is "thread-safe", and one would expect its lock to guard the counters; it is held for as long as the guarded function
# runs. Two threads meet inside the plain function and never inside the guarded one, so a pool of eight workers that share
# a breaker places calls one after the other, and an answer that takes ten seconds stops them all. Give each thread a
# breaker of its own with a shared storage, or ask for the state before the request and report its end afterwards.
# Guess that is wrong: a breaker without failures costs nothing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pybreaker==1.4.1 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
the plain function -> two threads meet inside: True
one breaker, closed -> two threads meet inside: False
two breakers, one storage -> two threads meet inside: True
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import threading

from pybreaker import CircuitBreaker, CircuitMemoryStorage


def meet(guards, seconds):
    meeting = threading.Barrier(2)
    met = []

    def dial():
        try:
            meeting.wait(seconds)
        except threading.BrokenBarrierError:
            return
        met.append(True)

    threads = [threading.Thread(target=guard, args=(dial,)) for guard in guards]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(met) == 2


storage = CircuitMemoryStorage("closed")
one = CircuitBreaker()
two = [CircuitBreaker(state_storage=storage) for _ in range(2)]
print("the plain function -> two threads meet inside:", meet([lambda dial: dial()] * 2, 30))
print("one breaker, closed -> two threads meet inside:", meet([one.call] * 2, 3))
print("two breakers, one storage -> two threads meet inside:", meet([breaker.call for breaker in two], 30))
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: pybreaker-one-at-a-time"
