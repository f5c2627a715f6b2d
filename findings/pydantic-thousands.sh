#!/usr/bin/env bash
# pydantic 2.14.4 and msgspec 0.23.0: of the Vietnamese text "495.000" an integer field makes 495, and it refuses "495.500".
#
# Money is whole numbers in Vietnam, and its thousands are set apart by points. One would expect an integer field either to read
# that or, as Python's own int() and marshmallow do, to refuse every text with a point, so that the first order tells. Both
# take a text that ends in .000 as a whole number with decimals: 495 thousand đồng become 495, without an error, while
# 495.500 and 1.250.000 are refused. Round prices are the usual ones, and it is those that go wrong; pydantic's strict mode refuses
# texts altogether, also "495000". Decimal does the same to 495.500 as well. Write money's own validator.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pydantic==2.14.4 msgspec==0.23.0 marshmallow==4.4.0 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
495.000: int() refuses, pydantic int 495, pydantic strict refuses, pydantic Decimal 495.000, msgspec 495, marshmallow refuses
495.500: int() refuses, pydantic int refuses, pydantic strict refuses, pydantic Decimal 495.500, msgspec refuses, marshmallow refuses
1.250.000: int() refuses, pydantic int refuses, pydantic strict refuses, pydantic Decimal refuses, msgspec refuses, marshmallow refuses
495000: int() 495000, pydantic int 495000, pydantic strict refuses, pydantic Decimal 495000, msgspec 495000, marshmallow 495000
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
from decimal import Decimal

import marshmallow
import msgspec
import pydantic

READERS = {
    "int()": int,
    "pydantic int": pydantic.TypeAdapter(int).validate_python,
    "pydantic strict": lambda text: pydantic.TypeAdapter(int).validate_python(text, strict=True),
    "pydantic Decimal": pydantic.TypeAdapter(Decimal).validate_python,
    "msgspec": lambda text: msgspec.convert(text, int, strict=False),
    "marshmallow": marshmallow.fields.Integer().deserialize,
}


def say(read, text):
    try:
        return read(text)
    except (ValueError, marshmallow.ValidationError):  # those of pydantic and msgspec are ValueErrors
        return "refuses"


for text in ("495.000", "495.500", "1.250.000", "495000"):
    print(f"{text}: " + ", ".join(f"{name} {say(read, text)}" for name, read in READERS.items()))
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: pydantic-thousands"
