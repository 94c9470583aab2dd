"""Validates plans against a schema: prints, for each plan file, the first fault or null."""

import json
import sys

import jsonschema

schema = json.load(open(sys.argv[1], encoding="utf-8"))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
faults = []
for name in sys.argv[2:]:
    found = jsonschema.exceptions.best_match(validator.iter_errors(json.load(open(name, encoding="utf-8"))))
    faults.append(found and f"{found.json_path}: {found.message}")
json.dump(faults, sys.stdout)
