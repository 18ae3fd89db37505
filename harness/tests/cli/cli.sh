#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs the rows of the case files and compares the tool's complete output and exit status. usage: cli.sh TOOL CASES_FILE WORK_FOLDER [--write]
# A row is a comment, `$ command`, then the expected result: `1| ` lines of stdout, `2| ` lines of stderr, `= ` the exit status. The runner writes
# the file again with the actual results and compares the two files; --write replaces the old file, for review by git diff.
# Only `mask` below hides what differs from run to run (times, names of run folders).
set -uo pipefail
tool=$1 cases=$2 work=$3 write=${4:-}
here=$(cd "$(dirname "$0")" && pwd)
floor=$(sed -n 's/^# floor: //p' "$cases")

rm -rf "$work"
mkdir -p "$work"
cp -r "$here/fixtures/." "$work"
cd "$work"
mkdir empty locked closed
chmod 500 locked
chmod 000 closed
printf '\377\376\000\001binary' > binary.yaml
: > nothing.yaml
head -c 1100000 /dev/zero | tr '\0' '#' > huge.yaml

BIN=$(dirname "$tool")
export BIN PATH="$BIN:$PATH" LC_ALL=C XDG_STATE_HOME="$work/.state"
unset NO_COLOR HF_CALLER_PATH HF_SESSION TERM COLUMNS
unset HF_SHARD_INDEX SLURM_ARRAY_TASK_ID JOB_COMPLETION_INDEX BUILDKITE_PARALLEL_JOB CIRCLE_NODE_INDEX CI_NODE_INDEX GITHUB_ACTIONS

# Whether a caller's source can be opened depends on the build (ccache and -ffile-prefix-map change the paths that it remembers). Then its place is told
# with a path, and first: "/src/leaks_heap.c:20: error: leaked: memory allocated in work". The rows have the other form; terminal.py tests this one.
mask_places() {
    sed -E -e 's#^/.*/([a-z_]+\.c):[0-9]+: (error|note): ([a-z]+): ((memory allocated )?in [a-z_]+)#\3        \4 at \1:N#' -e 's/^([a-z ]{10}) +((in|memory allocated in) [a-z_]+ at [a-z_]+\.c:N)/\1\2/' \
        -e 's#^/.*/([a-z_]+\.c):[0-9]+: note: ([A-Za-z.]+ of [a-z_]+) was refused#          \2 at \1:N was refused#' -e 's#( at |\()/[^,;()]*/([a-z_]+\.[ch]):#\1\2:#g'
}

mask() {
    mask_places | sed -E -e 's#results[a-z]*/runs/[^ "]*#RUN#g' -e 's/ +[0-9]+ ms( |$)/ N ms\1/' -e 's/; [0-9]+\.[0-9] s($|;)/; N s\1/' -e 's/replay [0-9a-f]{16}/replay ID/' -e 's/(at [a-z_]+\.[ch]):[0-9]+/\1:N/' -e "s|$work|WORK|g" \
        -e "s|$(dirname "$tool")|BIN|g" -e 's/^hostfault [0-9]+\.[0-9]+\.[0-9]+$/hostfault VERSION/'
}

# Root may read and write anywhere. Rows of `# not as root` are then run without that right, or left out where it cannot be given up.
as_others=(bash -c)
if [ "$(id -u)" = 0 ]; then
    as_others=(setpriv --bounding-set -dac_override,-dac_read_search --inh-caps -dac_override,-dac_read_search bash -c)
    "${as_others[@]}" '! ls closed' > /dev/null 2>&1 || as_others=()
fi

count=0 skipped=0
while IFS= read -r line; do
    case $line in
    '$ '*)
        command=${line#\$ }
        echo "$line"
        row=(bash -c)
        if [[ $command == *'# not as root'* ]]; then
            if [ ${#as_others[@]} -eq 0 ]; then
                echo "SKIP as root, who may read and write anywhere: $command" >&2
                keep=1 skipped=$((skipped + 1))
                continue
            fi
            row=("${as_others[@]}")
        fi
        if [[ $command == *'# with namespaces'* ]] && ! unshare -rm true 2> /dev/null; then
            echo "SKIP without user namespaces: $command" >&2
            keep=1 skipped=$((skipped + 1))
            continue
        fi
        if [[ $command == *'# with gdb'* ]] && ! command -v gdb > /dev/null; then
            echo "SKIP without gdb: $command" >&2
            keep=1 skipped=$((skipped + 1))
            continue
        fi
        if [[ $command == *'# with the preload library'* ]] && [ ! -e "$(dirname "$tool")/libhostfault-malloc.so" ]; then
            echo "SKIP without the library for unmodified programs, which a build with sanitizers has not: $command" >&2
            keep=1 skipped=$((skipped + 1))
            continue
        fi
        keep=
        count=$((count + 1))
        "${row[@]}" "$command" > "$work/.stdout" 2> "$work/.stderr" < /dev/null
        status=$?
        mask < "$work/.stdout" | sed 's/^/1| /'
        mask < "$work/.stderr" | sed 's/^/2| /'
        echo "= $status"
        ;;
    '1| '* | '2| '* | '= '* | '1|' | '2|') [ -z "${keep:-}" ] || echo "$line" ;;
    *) echo "$line" ;;
    esac
done < "$cases" > "$work/.got"

chmod 700 locked closed
if [ "$write" = --write ]; then
    cp "$work/.got" "$cases"
elif ! diff -u "$cases" "$work/.got"; then
    echo "the tool's output differs from $cases; scripts/test-cli --write writes the new output there for review"
    exit 1
fi
[ "$count" -ge "${floor:?no floor in $cases}" ] || { echo "only $count rows were run, the floor is $floor"; exit 1; }
echo "$count command lines as expected, $skipped skipped"
