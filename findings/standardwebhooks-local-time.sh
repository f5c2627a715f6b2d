#!/usr/bin/env bash
# standardwebhooks 1.1.0: sign() takes the wall clock of an aware datetime for UTC.
#
# It replaces the time zone instead of converting it. 08:00 in Viet Nam is signed as 08:00 UTC, seven hours later, while the
# caller sends the instant's own timestamp in the header: the receiver computes another signature. With UTC, on a machine
# of any zone, all is well, so tests that use UTC do not see it.
# Guess that is wrong: an aware datetime is an instant, whatever its zone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check standardwebhooks==1.1.0 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
one instant: True
one signature: False
that of seven hours later: True
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
from datetime import datetime, timedelta, timezone

from standardwebhooks import Webhook

webhook = Webhook("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz")
local = datetime(2026, 11, 29, 8, 0, tzinfo=timezone(timedelta(hours=7)))
utc = local.astimezone(timezone.utc)
later = utc + timedelta(hours=7)
print("one instant:", local == utc)
print("one signature:", webhook.sign("msg_1", local, "{}") == webhook.sign("msg_1", utc, "{}"))
print("that of seven hours later:", webhook.sign("msg_1", local, "{}") == webhook.sign("msg_1", later, "{}"))
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: standardwebhooks-local-time"
