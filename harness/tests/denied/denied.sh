#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Sweeps, runs and records under a filter that refuses one system call of a list, then all of them. The output must be the same as without the filter,
# and each command must end, by itself and at SIGTERM. usage: denied.sh TOOL DENY EPERM|ENOSYS WORK_FOLDER
set -uo pipefail
tool=$1 deny=$2 error=$3 work=$4
rm -rf "$work" && mkdir -p "$work" && cd "$work" || exit 1
PATH=$(dirname "$tool"):$PATH
export PATH LC_ALL=C
calls=(clone3 close_range fallocate getrandom memfd_create personality pidfd_open pidfd_send_signal prctl prlimit64 process_vm_readv ptrace
    sched_getaffinity sched_setaffinity seccomp statx waitid)
all=$(IFS=,; echo "${calls[*]}")
failures=0

# What only a tracer sees may be missing (where it ended, the address, and so that memory was used that never came); nothing else may.
mask() { sed -E 's/; [0-9.]+ s(;|$)/; N s\1/; s/ +[0-9]+ ms$//; s#results/runs/[^ ]*#RUN#; /where it ended/,/calls around/{/calls around/!d};  s/ at 0x[0-9a-f]+ after/ after/; /  response /d; /^  ended  /d; s/(crashed) +(misused|died) /\1 RESPONSE /; /repeats/d'; }
sweep() { "$@" hostfault sweep --caller specimen-leaks-heap --failures E_OUTOFMEMORY; }
run() { "$@" hostfault run --caller specimen-crashes-on-null --fault 'call: VirtualAlloc, return: E_OUTOFMEMORY'; }
record() { "$@" hostfault record --caller specimen-leaks-heap; }
answers() {
    local kind
    for kind in sweep run record; do
        rm -rf results
        "$kind" timeout -k 5 60 "$@" 2>&1 < /dev/null | mask
        echo "$kind: ${PIPESTATUS[0]}"
    done
}

"$deny" "$error" statx true
status=$?
[ "$status" = 0 ] || { echo "no filter can be installed here"; exit "$status"; }
answers > expected.txt
grep -q '^sweep: 1$' expected.txt && grep -q '^run: 1$' expected.txt && grep -q '^record: 0$' expected.txt || { cat expected.txt; echo "wrong without a filter"; exit 1; }

for call in "${calls[@]}" "$all"; do
    answers "$deny" "$error" "$call" > got.txt
    if ! diff -u expected.txt got.txt; then
        echo "$error for $call changes what the tool says"
        failures=$((failures + 1))
    fi
done

# Ended from outside while it waits for a caller that never ends.
timeout -k 5 30 "$deny" "$error" "$all" hostfault run --caller specimen-waits-forever --fault 'call: VirtualAlloc, return: E_OUTOFMEMORY' --timeout 10m > /dev/null 2>&1 &
job=$!
sleep 2
kill -TERM "$(pgrep -P "$job")"
wait "$job"
status=$?
[ "$status" = 130 ] || { echo "$error for all: SIGTERM gave exit status $status"; failures=$((failures + 1)); }
[ "$failures" = 0 ] && echo "${#calls[@]} system calls refused with $error, one by one and together: the same answers"
