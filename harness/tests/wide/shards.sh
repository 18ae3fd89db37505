#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# scripts/wide without a scheduler: runs shards one by one, loses one of them, and collects them; then the same with GNU parallel if it is installed.
# usage: shards.sh HOSTFAULT SCRIPTS_WIDE
set -uo pipefail

export HOSTFAULT
HOSTFAULT=$(realpath "$1") wide=$(realpath "$2")
work=$(mktemp -d "${TMPDIR:-/tmp}/hostfault wide.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
arguments=(--caller specimen-crashes-later --no-proof)

expect() { # expect STATUS TEXT COMMAND...: the exit status, and a text in what it says
    local status=$1 text=$2
    shift 2
    "$@" > said 2>&1
    local got=$?
    [ "$got" = "$status" ] && grep -q -- "$text" said || { echo "FAILED: exit status $got of: $*"; cat said; exit 1; }
}

expect 2 'usage: scripts/wide/shard' "$wide/shard" results
expect 2 'no variable of the environment says' env -u HF_SHARD_INDEX "$wide/shard" results "${arguments[@]}"
expect 2 'usage: scripts/wide/collect' "$wide/collect" results
expect 2 'put -- before' "$wide/parallel" 3 results "${arguments[@]}"
expect 2 'put -- before' "$wide/slurm" 3 results "${arguments[@]}"

for index in 0 2; do
    expect 0 'in this shard' env HF_SHARD_INDEX=$index HF_SHARD_TOTAL=3 "$wide/shard" results "${arguments[@]}"
done
expect 3 '2 of 3 shards are whole' "$wide/collect" results 3
expect 0 'in this shard' env HF_SHARD_INDEX=1 HF_SHARD_TOTAL=3 "$wide/shard" results "${arguments[@]}"
expect 0 'whole already' env HF_SHARD_INDEX=1 HF_SHARD_TOTAL=3 "$wide/shard" results "${arguments[@]}"
expect 1 'results/shard-1' "$wide/collect" results 3
expect 1 '1 finding' "$HOSTFAULT" sweep --quiet --results one "${arguments[@]}"
expect 0 '11 points at 1 site' "$HOSTFAULT" report --results results

if command -v parallel > /dev/null; then
    expect 0 'in this shard' "$wide/parallel" 3 by-parallel -j1 -- "${arguments[@]}"
    expect 1 'by-parallel/shard-2' "$wide/collect" by-parallel 3
    expect 0 '11 points at 1 site' "$HOSTFAULT" report --results by-parallel
else
    echo "SKIPPED: GNU parallel is not installed (Debian: parallel); the shards were run one by one"
fi
