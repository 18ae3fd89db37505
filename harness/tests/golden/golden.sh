#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs every shipped scenario once, in one process of the tool. Each must end as expected, and its canonical trace must equal the golden trace.
# usage: golden.sh TOOL SOURCE_FOLDER WORK_FOLDER. Writes only into the work folder.
set -uo pipefail
tool=$1 source=$2 work=$3
floor=100
cd "$source"

rm -rf "$work"
mkdir -p "$work"
"$tool" run scenarios --baseline results/baseline/traces --results "$work" --quiet --junit "$work/junit.xml" > "$work/report.txt"
status=$?
cat "$work/report.txt"

# What is skipped the report says aloud, with the reason; here it is only kept from becoming most.
totals=$(tail -1 "$work/report.txt")
count=$(echo "$totals" | sed -nE 's/^([0-9]+) scenarios?: .*/\1/p')
skipped=$(echo "$totals" | sed -nE 's/.* ([0-9]+) SKIPPED.*/\1/p')
[ -n "$count" ] || { echo "the tool gave no totals (status $status)"; exit 1; }
[ "$count" -ge "$floor" ] || { echo "only $count scenarios are shipped; the floor is $floor"; exit 1; }
[ $((skipped * 4)) -le "$count" ] || { echo "$skipped of $count golden traces were skipped: too many for this to be a test"; exit 1; }

# A golden trace whose scenario is gone would never be looked at again.
same=$(echo "$totals" | sed -nE 's/.*traces: ([0-9]+) as before.*/\1/p')
other_versions=$(grep -c '^SKIP .*: made with ' "$work/report.txt")
files=$(find results/baseline/traces -name '*.txt' | wc -l)
[ $status -ne 0 ] || [ "$files" -eq $((same + other_versions)) ] ||
    { echo "$files golden traces, but only $((same + other_versions)) of them belong to a scenario"; exit 1; }

exit $status
