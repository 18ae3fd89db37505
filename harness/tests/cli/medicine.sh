#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Fails allocations of the tool and of its libraries, once and from then on, in every verb. The tool must end with status 3 and a message, or as if nothing
# had failed. It must never abort, end with another status, or end with the usual status and incomplete output.
# usage: medicine.sh TOOL PRELOAD WORK_FOLDER SAMPLES [K/N]
# SAMPLES: so many allocations of each command line; stacks: the first and the last allocation of each call stack; or all. K/N: only every N-th command line,
# from the K-th
set -uo pipefail
shopt -s dotglob
tool=$1 preload=$2 work=$3 samples=$4 shard=${5:-1/1}
# LD_PRELOAD takes spaces for ends of a path.
plain=$(mktemp -d /tmp/hostfault-medicine.XXXXXX) || exit 1
trap 'rm -rf "$plain"' EXIT
cp "$preload" "$plain/medicine.so"
preload=$plain/medicine.so
rm -rf "$work"
mkdir -p "$work"
cp -r "$(dirname "$0")/fixtures/." "$work"
cd "$work" || exit 1
export LC_ALL=C XDG_STATE_HOME="$work/state" HF_CALLER_PATH
HF_CALLER_PATH=$(dirname "$tool")
checks=0 failed=0 lines=0

# What differs from run to run: numbers, and what stands for places in folders.
# A run's folder ends with six random hexadecimal digits, which may all be letters.
mask() { sed -E 's/-[0-9a-f]{6}\b/-N/g; s/[0-9a-f]*[0-9][0-9a-f]*/N/g; s/ +/ /g' "$1"; }

give() { # AT ONWARDS ARGUMENTS...: the status; out and err are left
    local at=$1 onwards=$2
    shift 2
    for made in merged written cleaned; do [ ! -e "$made" ] || rm -rf "$made"; done
    [[ $* != *cleaned* ]] || cp -r results cleaned
    (
        [ -z "$onwards" ] || export MEDICINE_ONWARDS=1
        MEDICINE_AT=$at MEDICINE_COUNT=count LD_PRELOAD=$preload exec "$tool" "$@" > out 2> err < /dev/null
    )
}

fail() {
    echo "FAILED: $1"
    failed=$((failed + 1))
}

# One scenario that gets no memory is an error of that scenario, in what is printed and in the file.
tells_of_memory() { grep -qE '^ *(error  |<error ).*memory' "$1"; }

# A file is whole or not there, and nothing else is left.
left_behind() {
    local names=(*)
    if [ -f written ] && [ -f usual-file ] && ! mask written | cmp -s - usual-file && ! tells_of_memory written; then
        fail "$1: the file is half written"
    fi
    if [ "${names[*]}" != "$usual_names" ] && printf '%s\n' "${names[@]}" | grep -vxFf "$plain/names" > "$plain/left"; then
        fail "$1: $(tr '\n' ' ' < "$plain/left")is left"
    fi
}

# usually STATUS ARGUMENTS...: fails the allocations of a command line that ends with STATUS if there is memory.
usually() {
    local wanted=$1 usual count step at status onwards usual_names
    shift
    lines=$((lines + 1))
    [ $((lines % ${shard#*/})) = $((${shard%/*} % ${shard#*/})) ] || return 0
    give 0 "" "$@"
    usual=$?
    [ "$usual" = "$wanted" ] || fail "$* does not even work with memory: status $usual instead of $wanted: $(tail -1 err)"
    count=$(wc -l < count)
    mask out > usual
    rm -f usual-file
    [ ! -f written ] || mask written > usual-file
    usual_names=(*)
    printf '%s\n' "${usual_names[@]}" > "$plain/names"
    usual_names=${usual_names[*]}
    case $samples in
    all) seq "$count" ;;
    stacks) awk '!($2 in first) { first[$2] = $1 } { last[$2] = $1 } END { for (stack in first) print first[stack] "\n" last[stack] }' count | sort -nu ;;
    *) seq 1 $((count / samples + 1)) "$count" ;;
    esac > "$plain/chosen"
    [ -z "${MEDICINE_TELL:-}" ] || echo "$count $(wc -l < $plain/chosen) $*"
    for onwards in "" yes; do
        while read -r at; do
            give "$at" "$onwards" "$@" 2> /dev/null
            status=$?
            checks=$((checks + 1))
            left_behind "$*: allocation $at of $count${onwards:+ and all after it}"
            if [ "$status" = 3 ] && { [ -s err ] || tells_of_memory out; }; then
                continue
            elif [ "$status" != "$usual" ]; then
                fail "$*: allocation $at of $count${onwards:+ and all after it}: status $status instead of 3: $(tail -1 err)"
            elif ! mask out | cmp -s - usual; then
                fail "$*: allocation $at of $count${onwards:+ and all after it}: status $status as usual, but another output"
            fi
        done < "$plain/chosen"
    done
}

try() { usually 0 "$@"; }
finds() { usually 1 "$@"; }

"$tool" sweep --caller specimen-crashes-on-null --failures E_OUTOFMEMORY --quiet > /dev/null
printf 'name: fuzzed\ncaller: planted\nfaults:\n  - call: Malloc.Alloc\n    return: E_OUTOFMEMORY\n' > fuzzed.yaml
"$tool" scenario fuzzed.yaml --to-fuzz input
id=$("$tool" report --json | grep -om1 '"id": "[0-9a-f]*' | cut -c8-)
runs=(results/runs/*)
run=${runs[0]}
"$tool" sweep --caller specimen-crashes-on-null --failures E_OUTOFMEMORY --quiet --results swept --write-allow known.allow > /dev/null 2>&1
"$tool" run good.yaml --write-baseline golden > /dev/null

try scenario good.yaml --print
try scenario --from-trace "$run"
try explain good.yaml
try list methods
try list callers --json
try run good.yaml --json
try record --caller specimen-reports
finds sweep --caller specimen-crashes-on-null --failures E_OUTOFMEMORY --quiet --results written
try replay "$id"
try trace "$run"
try trace "$run" --html written
try report
try report --json
try report --html written
try report --junit written
try report --sarif written
try report --findings written
try diff results results --json
try diff results results --html written
try diff results results --sarif written
try merge merged results
try report --gitlab written
try report --junit -
try trace "$run" --perfetto written
try trace "$run" --verify
try scenario fuzzed.yaml --to-fuzz written
try scenario --from-fuzz input
try scenario --from-strace hungry.strace
try run good.yaml --junit written
usually 2 run bad.yaml
try minimize "$id"
try contract --json -- "$HF_CALLER_PATH/contract_host" bare
try doctor --json
try clean --results cleaned
for what in words results faults callers outcomes; do
    try list "$what"
done
try help sweep
try --version --json
try init written --caller specimen-reports
try init written -- /bin/ls /
try record -- /bin/ls /
try record --caller specimen-reports --json
try run --fault 'call: malloc, when: 2, return: ENOMEM' -- /bin/ls /
try run good.yaml --write-baseline golden
try run good.yaml --baseline golden
finds sweep --caller specimen-crashes-on-null --failures E_OUTOFMEMORY --quiet --results swept --write-allow written
try sweep --caller specimen-crashes-on-null --failures E_OUTOFMEMORY --quiet --results swept --allow known.allow --json
try report --allow known.allow
try report --svg written
try report --all
try diff results results --svg written
try diff results results --junit written
try trace "$run" --svg written
try trace "$run" --json
try replay "$id" --script
try minimize fails.yaml
try merge merged results --json
try clean --results cleaned --json

[ "$failed" = 0 ] || exit 1
[ "$checks" -ge 30 ] || { echo "FAILED: only $checks failures were tried"; exit 1; }
echo "$checks failed allocations of the tool were told"
