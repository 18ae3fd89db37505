#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every planted bug: `hostfault run` meets it, and the fuzz target `schedule` finds it from the input that its script is converted to. Without its bug, the
# caller has no finding under the same faults. usage: planted.sh SOURCE_FOLDER BINARY_FOLDER
set -euo pipefail
source=$1 binary=$2
scripts=$source/harness/tests/fuzz/planted.yaml
tool=$binary/bin/hostfault target=$binary/bin/fuzz_schedule_replay
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { echo "fuzz.planted: $*" >&2; exit 1; }

"$tool" run "$scripts" --results "$scratch/results" --quiet || fail "the scripts above are not met"
bugs=$(sed -n 's/^    {"\([a-z-]*\)", .*/\1/p' "$source/harness/callers/planted/planted_bugs.c")
[ "$(echo "$bugs" | wc -l)" -eq 20 ] || fail "not twenty bugs"
for bug in $bugs; do
    outcome=$(awk -v bug="$bug" '$1 == "name:" { here = $2 == bug } here && $1 == "expect:" { print $4 }' "$scripts")
    "$tool" scenario "$scripts#$bug" --to-fuzz "$scratch/input"
    status=0
    { "$target" "$scratch/input" > "$scratch/log" 2>&1; } 2> /dev/null || status=$?
    [ "$status" -ne 0 ] || fail "$bug is not found"
    grep -Eq "^hostfault: finding [0-9a-f]{16} ${outcome}(:|\$)" "$scratch/log" || { cat "$scratch/log"; fail "$bug: $outcome is not what is found"; }
    grep -q '^hostfault: fault 1: ' "$scratch/log" || { cat "$scratch/log"; fail "$bug: the fault is not told"; }
    HF_FUZZ_CALLER="planted " "$target" "$scratch/input" > "$scratch/log" 2>&1 || { cat "$scratch/log"; fail "something is found without $bug"; }
done
echo "fuzz.planted: good"
