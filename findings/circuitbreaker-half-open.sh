#!/usr/bin/env bash
# circuitbreaker 2.1.3: when the recovery time is over, every thread that waits is let through, not one trial.
#
# Its description speaks of one test execution in the half-open state, and one would expect the others to be refused until
# it has ended. All of four threads are inside the function at once, because the state is only read and nothing marks the
# trial as taken. To a telephone API that is just coming back go as many calls as there are threads, each of them with an
# unsure end if it fails again; take the one trial yourself, in a lock or in a row of the database.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check circuitbreaker==2.1.3 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
after one failure -> open
while open -> CircuitBreakerError
half open, four threads -> inside together: 4
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import threading
import time

from circuitbreaker import CircuitBreaker, CircuitBreakerError

breaker = CircuitBreaker(failure_threshold=1, recovery_timeout=3, expected_exception=OSError)
meeting = threading.Barrier(4)
inside = []


@breaker
def dial(api_is_down):
    if api_is_down:
        raise OSError
    meeting.wait(30)
    inside.append(True)


def attempt():
    try:
        dial(False)
    except (CircuitBreakerError, threading.BrokenBarrierError):
        meeting.abort()


try:
    dial(True)
except OSError:
    print("after one failure ->", breaker.state)
try:
    dial(False)
except CircuitBreakerError as error:
    print("while open ->", type(error).__name__)
while breaker.state != "half_open":
    time.sleep(0.05)
threads = [threading.Thread(target=attempt) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("half open, four threads -> inside together:", len(inside))
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: circuitbreaker-half-open"
