#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# No process may stay behind: programs with grandchildren, daemons, processes that ignore signals and fork bombs, under a tool that ends them itself, that
# is interrupted, or that is killed (its first process, its second, or the user's process group). usage: killed.sh TOOL LEAVER WORK_FOLDER
set -uo pipefail
tool=$1 leaver=$2 work=$3
[ -e "$(dirname "$tool")/libhostfault-malloc.so" ] || { echo 'SKIPPED: the library for unmodified programs is not in a build with sanitizers'; exit 77; }
rm -rf "$work"
mkdir -p "$work"
cd "$work" || exit 1
count=0 failed=0

fail() {
    echo "FAILED: $*"
    failed=$((failed + 1))
}

# Waits until a command holds, for a minute at most.
until_holds() {
    for ((i = 0; i < 300; i++)); do
        "$@" && return 0
        sleep 0.1
    done
    return 1
}

is_ready() { [ -n "$(find "$1" -name ready)" ]; }

# Starts the tool over the leaver in a session and process group of its own; tool_pid is its first process.
start() {
    local how=$1 folder=$2 timeout=$3
    setsid "$tool" record --results "$folder" --timeout "$timeout" -- "$leaver" "$how" "$PWD/$folder/lock" > "$folder/out" 2>&1 &
    tool_pid=$!
}

kill_how() {
    case $1 in
        first) kill -KILL "$tool_pid" ;;
        group) kill -KILL -- "-$tool_pid" ;;
        second) kill -KILL "$(cat "/proc/$tool_pid/task/$tool_pid/children")" ;;
        interrupt) kill -INT "$tool_pid" ;;
        twice) kill -TERM "$tool_pid"; kill -TERM "$tool_pid" 2> /dev/null || true ;; # it may have ended
        timeout) ;;
    esac
}

for how in child daemon stubborn bomb; do
    for victim in timeout interrupt twice first second group; do
        count=$((count + 1))
        folder=$how-$victim
        mkdir "$folder"
        start "$how" "$folder" "$([ "$victim" = timeout ] && echo 1s || echo 10m)"
        until_holds is_ready "$folder" || fail "$how: the program did not start: $(cat "$folder/out")"
        kill_how "$victim" 2> "$folder/kill" || fail "$how, $victim: $(cat "$folder/kill")"
        wait "$tool_pid" 2> /dev/null
        flock -x -w 60 "$folder/lock" true || fail "$how, $victim: what the program started is still there"
    done
done
[ "$failed" = 0 ] || exit 1
[ "$count" = 24 ] || { echo "FAILED: only $count were tried"; exit 1; }
echo "nothing stayed behind in $count ways to end"
