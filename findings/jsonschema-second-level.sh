#!/usr/bin/env bash
# jsonschema 4.26.0: a type and a keyword of one's own hold at the top of a document and are gone below a $ref.
#
# validators.extend makes a class with them, and one would expect it for the whole schema. Where a $ref leads to a schema
# that names its $schema, as every proper one does, the stock class for that name takes over: the Decimal that is an integer
# is none any more in a part of a part, and the keyword is passed over, as unknown ones are. The documentation of evolve()
# tells of another class for another draft; here it is the same draft. Without $schema all levels agree, so a small test
# passes. validates("2020-12") on the class keeps it, for the whole process; or leave $schema out of what is loaded.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jsonschema==4.26.0 2>/dev/null
cat >"$folder/expected" <<'EXPECTED'
without $schema, an integer Decimal: first level valid, second level valid
without $schema, a phone that is none: first level not a phone, second level not a phone
with $schema, an integer Decimal: first level valid, second level Decimal('2.0') is not of type 'integer'
with $schema, a phone that is none: first level not a phone, second level valid
with $schema and validates(), an integer Decimal: first level valid, second level valid
with $schema and validates(), a phone that is none: first level not a phone, second level not a phone
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
from decimal import Decimal

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend, validates

STOCK = Draft202012Validator.TYPE_CHECKER
NAME = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
PARCEL = {
    "type": "object",
    "properties": {
        "quantity": {"type": "integer"},
        "contact": {"phone": True},
        "parts": {"type": "array", "items": {"$ref": "#"}},
    },
}


def is_integer(_, value):
    return STOCK.is_type(value, "integer") or (isinstance(value, Decimal) and value == value.to_integral_value())


def is_phone(validator, wanted, value, schema):
    if not value.startswith("0"):
        yield ValidationError("not a phone")


OurValidator = extend(Draft202012Validator, {"phone": is_phone}, type_checker=STOCK.redefine("integer", is_integer))


def say(validator, document):
    return ", ".join(error.message for error in validator.iter_errors(document)) or "valid"


def say_all(title, schema):
    validator = OurValidator(schema)
    for what, part in (("an integer Decimal", {"quantity": Decimal("2.0")}), ("a phone that is none", {"contact": "Lan"})):
        print(f"{title}, {what}: first level {say(validator, part)}, second level {say(validator, {'parts': [part]})}")


say_all("without $schema", PARCEL)
say_all("with $schema", NAME | PARCEL)
validates("2020-12")(OurValidator)
say_all("with $schema and validates()", NAME | PARCEL)
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: jsonschema-second-level"
