#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Compares the findings of sweeps in the shipped callers with the known findings. usage: findings.sh TOOL SOURCE_FOLDER WORK_FOLDER quick|whole [--write LIST]
# quick: less work and fewer kinds of failures for Lua, SQLite and jemalloc. --write: writes the list to LIST instead of comparing.
set -uo pipefail
tool=$1 source=$2 work=$3 how=$4
list=$source/results/baseline/findings.json
rm -rf "$work"
mkdir -p "$work"
cd "$work" || exit 3

sweep() { # sweep CALLER [sweep's options] [-- its arguments]: a caller that was not built is left out aloud
    [ -x "$(dirname "$tool")/hf-caller-$1" ] || { echo "SKIP $1: the caller was not built"; return 0; }
    "$tool" sweep --no-proof --quiet --results results --caller "$@" > "$1.txt"
    local status=$?
    tail -3 "$1.txt" | sed "s/^/$1: /"
    [ $status -le 1 ] || { cat "$1.txt"; exit 3; }
}

sweep clr
if [ "$how" = whole ]; then
    sweep lua
    sweep sqlite
    sweep jemalloc
else
    sweep lua --failures E_OUTOFMEMORY -- "$source/harness/tests/callers/pinned.lua"
    sweep sqlite --failures E_OUTOFMEMORY --methods VirtualAlloc
    sweep jemalloc --failures E_OUTOFMEMORY -- --scale 1
fi
if [ "${5:-}" = --write ]; then
    "$tool" report --results results --findings "$6" > /dev/null
    exit
fi
"$tool" diff "$list" results
