#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Sweeps whose database or clean runs are disturbed: exit status 3, and a message with the cause. usage: disturbed.sh TOOL DISTURBER WORK_FOLDER
set -uo pipefail
tool=$1 disturber=$2 work=$3
rm -rf "$work"
mkdir -p "$work"
cd "$work" || exit 1
failed=0

# try HOW FILE WORDS: a sweep of the disturber.
try() {
    local status=0
    "$tool" sweep --results "$1" -- "$disturber" "$1" "$PWD/$2" > out 2>&1 || status=$?
    if [ "$status" != 3 ] || ! grep -qF -- "$3" out; then
        echo "FAILED: $1: exit status $status, expected 3 and '$3':"
        cat out
        failed=$((failed + 1))
    fi
}

mkdir delete replace
try delete delete/hostfault.db 'was deleted, moved or replaced while it was in use'
try replace replace/hostfault.db 'was deleted, moved or replaced while it was in use'
try kill starts 'a run without faults was killed (SIGKILL)'
[ "$failed" = 0 ]
