#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A program really runs out of memory under strace; the scenario made from the log refuses the same requests. usage: strace.sh TOOL PROGRAM WORK_FOLDER
# Exit status 77: strace is missing, or may not trace.
set -uo pipefail
tool=$1 program=$2 work=$3
fail() { echo "cli.strace_real: FAILED: $*" >&2; exit 1; }
command -v strace > /dev/null || { echo 'SKIPPED: no strace here (a Debian package)'; exit 77; }
strace -f -o /dev/null true 2> /dev/null || { echo 'SKIPPED: strace may not trace here'; exit 77; }

rm -rf "$work"
mkdir -p "$work"
cd "$work" || exit 3
export LC_ALL=C
unset HF_CALLER_PATH HF_SESSION
for options in '-f' '-f -k -tt -T'; do
    # shellcheck disable=SC2086
    (ulimit -v 200000; strace $options -s 9999 -v -o log "$program" > seen)
    grep -q '^block [1-9][0-9]* refused$' seen && grep -q '^no map' seen || fail "the limit refuses nothing: $(cat seen)"
    "$tool" scenario --from-strace log > again.yaml || fail "no scenario from the log ($options)"
    rm -rf results
    "$tool" run again.yaml > said 2>&1 || fail "the scenario does not end as expected ($options): $(cat said)"
    diff seen results/runs/*/stdout || fail "the scenario refuses other requests ($options): $(cat again.yaml)"
done
case $(uname -m) in
x86_64) grep -q '^  - call: malloc$' again.yaml || fail "the stack does not tell malloc: $(cat again.yaml)" ;;
esac
echo "cli.strace_real: the same requests are refused again: $(tr '\n' ';' < seen)"
