#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A script made from a finding ends as the finding did. For every finding of a sweep of each shipped caller, `run` must meet the script that
# `replay ID --script` prints. usage: ends.sh TOOL CALLERS_FOLDER WORK_FOLDER POINTS ('all': complete sweeps)
set -uo pipefail
tool=$1 callers=$2 work=$3 points=$4
rm -rf "$work"
mkdir -p "$work/scripts"
cd "$work" || exit 1
failed=0 count=0
limit=(--points "$points")
[ "$points" != all ] || limit=()

for caller in clr lua sqlite jemalloc planted; do
    more=()
    [ "$caller" != clr ] || more=(--methods 'VirtualAlloc,VirtualFree,Malloc.Alloc')
    "$tool" sweep --caller "$caller" --callers "$callers" --results "$caller" --no-proof --quiet "${more[@]}" "${limit[@]}" > "$caller.out" 2>&1
    [ $? -le 1 ] || { echo "FAILED: the sweep of $caller:"; tail -5 "$caller.out"; failed=$((failed + 1)); }
    for id in $("$tool" report --results "$caller" --json | grep -oE '"id": "[0-9a-f]{16}"' | cut -d'"' -f4 | sort -u); do
        "$tool" replay "$id" --results "$caller" --script > "scripts/$caller-$id.yaml" || failed=$((failed + 1))
        count=$((count + 1))
    done
done

# With a stack that is smaller than what libdw takes for a table of lines.
(ulimit -s 128 && exec "$tool" sweep --caller clr --callers "$callers" --results small --no-proof --quiet --points 20 > small.out 2>&1)
status=$?
[ $status -le 1 ] || { echo "FAILED: a sweep with a stack of 128 KiB: exit status $status"; failed=$((failed + 1)); }

[ "$count" -ge 10 ] || { echo "FAILED: only $count findings"; exit 1; }
"$tool" run scripts --callers "$callers" --results runs > run.out 2>&1 || { echo "FAILED: not all of $count scripts end as their finding:"; grep -v '^ok' run.out | head -60; exit 1; }
[ "$failed" = 0 ] || exit 1
echo "$count scripts end as their findings did"
