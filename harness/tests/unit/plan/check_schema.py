#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks scenarios/schema.json with an independent validator: every valid script passes, and scripts with a mistake that a schema can detect fail.

Exit status 77: python3-jsonschema or python3-yaml is missing. Argument: the source folder."""
import glob
import json
import os
import re
import sys

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"SKIPPED: no {missing} here (Debian packages python3-jsonschema, python3-yaml)")
    sys.exit(77)


class Core(yaml.SafeLoader):
    """The types of YAML 1.2, as editors and hostfault see them: yes is a word, 1:30 is text."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|false)$", list("tf")),
    ("int", r"^(?:[-+]?[0-9]+|0x[0-9a-fA-F]+)$", list("-+0123456789")),
    ("float", r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$", list("-+.0123456789")),
]:
    Core.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), first)
Core.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value, 16 if node.value.startswith("0x") else 10))


def documents(path):
    with open(path, encoding="utf-8-sig") as file:
        return [document for document in yaml.load_all(file, Loader=Core)]


# Mistakes that need more than the shape of one document: the model's tables, other rules, other documents, arithmetic, bytes, or how a number
# was spelt.
BEYOND_A_SCHEMA = re.compile(
    r"^(after|until|shadowed|document|file|yaml|too-many|return-undocumented|undocumented-but|lie-not|out-on|out-poison|from-two|from-no"
    r"|where-(flag|field|size-(range|two|below|excluded)|address-both|level-two|protect-two|free-both|too-many)|call-(list-covered|pattern)"
    r"|fault-(name|does-nothing|key-twice)|scenario-(key-twice|env-twice|about|seed-overflow)|foreign-on|sticks-without"
    r"|chance-(tiny|zero|above)|when-(range-backwards|overflow|hex)|thread-too|expect-(response-(for|rule|without)|leaks-but|leaked|violation-but)"
    r"|times-too|live-bad|delay-too|scenario-timeout|return-(hex-success|decimal))"
)


def main(source):
    with open(os.path.join(source, "scenarios", "schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    wrong = passed = refused = 0
    valid = glob.glob(os.path.join(source, "harness/tests/unit/plan/valid/*.yaml"))
    shipped = glob.glob(os.path.join(source, "scenarios/**/*.yaml"), recursive=True)
    for path in sorted(valid + [path for path in shipped if "/invalid/" not in path]):
        for document in documents(path):
            passed += 1
            for error in validator.iter_errors(document):
                wrong += 1
                print(f"{path}: {document.get('name')}: the schema refuses what is valid: {list(error.path)}: {error.message[:300]}")
    for path in sorted(glob.glob(os.path.join(source, "scenarios/invalid/*.yaml"))):
        if BEYOND_A_SCHEMA.match(os.path.basename(path)):
            continue
        refused += 1
        if all(validator.is_valid(document) for document in documents(path)):
            wrong += 1
            print(f"{path}: the schema takes what is invalid")
    print(f"check_schema: {passed} valid documents taken, {refused} invalid scripts refused, {wrong} wrong")
    return 1 if wrong or passed < 12 or refused < 90 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
