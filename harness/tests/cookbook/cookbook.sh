#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# One program of the cookbook: it works without faults, and its sweep finds exactly what harness/cookbook/found.tsv lists.
# usage: cookbook.sh TOOL PROGRAM FOUND_TSV WORK_FOLDER
set -euo pipefail
tool=$1 program=$2 found=$3 work=$4
name=$(basename "$program")
name=${name#cookbook-}
rm -rf "$work"
mkdir -p "$work"
cd "$work"
fail() { echo "cookbook.$name: $*" >&2; exit 1; }

expected=$(awk -F'\t' -v name="$name" '$1 == name { print $2 }' "$found")
[ -n "$expected" ] || fail "found.tsv does not have it"
points=$(awk -F'\t' -v name="$name" '$1 == name { print $4 }' "$found") # at most so many, of a library that makes thousands of requests
"$program" > alone || fail "it fails by itself: $(cat alone)"
if [ "$expected" = unused ]; then # the library takes the hook and does not use it
    "$tool" sweep --results results --quiet -- "$program" > sweep.txt 2>&1 && fail "the sweep can be made"
    grep -q 'no call' sweep.txt || fail "something else: $(cat sweep.txt)"
    echo "cookbook.$name: unused"
    exit 0
fi
status=0
"$tool" sweep --results results --json --quiet ${points:+--points "$points"} -- "$program" > sweep.json || status=$?
[ "$status" -le 1 ] || fail "the sweep cannot be made (exit status $status)"
got=$(python3 - << 'END'
import json
document = json.load(open("sweep.json"))
if document["points"] < 15:
    raise SystemExit(f"only {document['points']} points")
if document["points"] > 3 * document["calls_failed"]:
    raise SystemExit("failures that look alike were made more than once")
print(" ".join(sorted({finding["outcome"] for finding in document["findings"]})) or "-")
END
) || fail "$got"
[ "$got" = "$expected" ] || fail "found '$got', expected '$expected'"
echo "cookbook.$name: $got"
