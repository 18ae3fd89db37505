#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every verb and every format, over files, programs, results and outputs whose names and texts contain line ends and escape sequences. The output may
# contain no control characters except our own line ends, and no line that a CI would execute. usage: hostile.sh TOOL PROGRAM WORK_FOLDER
set -uo pipefail
tool=$1 program=$2 work=$3
evil=$'evil\n::error::x\e[31m'
rm -rf "$work"
mkdir -p "$work/$evil"
cd "$work/$evil" || exit 1
cp "$program" "./$evil"
cp "$program" "./hf-caller-$evil"
export LC_ALL=C HF_CALLER_PATH="$work/$evil" XDG_STATE_HOME="$work/state"
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY FORCE_COLOR
count=0 failed=0

# Names the command, looks at all that it wrote.
check() {
    local what=$1
    count=$((count + 1))
    if LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$2" || grep -qP '\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]' "$2" || grep -qE '^[[:space:]]*::error::x' "$2"; then
        echo "FAILED: $what lets a control character or a command through:"
        LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|^\s*::error::x' "$2" | head -5 | cat -v
        failed=$((failed + 1))
    fi
}

# Runs it, whatever its exit status; an abort or a crash of the tool is a failure too.
try() {
    "$tool" "$@" > ../out 2> ../err < /dev/null
    local status=$?
    [ "$status" -le 3 ] || { echo "FAILED: $* ended with status $status"; failed=$((failed + 1)); }
    check "$1 (stdout of: ${*:2:4})" ../out
    check "$1 (stderr of: ${*:2:4})" ../err
}

# Reports go to a file whose name is hostile too.
report() {
    local option=$1
    shift
    rm -f "../$evil.out"
    try "$@" "$option" "../$evil.out"
    [ -s "../$evil.out" ] || { echo "FAILED: $* $option wrote nothing"; failed=$((failed + 1)); }
    cp "../$evil.out" ../file
    check "$1 $option" ../file
}

fault='call: VirtualAlloc, return: E_OUTOFMEMORY'
cat > "$evil.yaml" <<YAML
name: hostile
about: "evil\n::error::x\e[31m"
command: ["./evil\n::error::x\e[31m", "evil\n::error::x\e[31m"]
faults:
  - call: VirtualAlloc
    return: E_OUTOFMEMORY
YAML
printf '"evil\\n::error::x\\e[31m": 1\nname: "evil\\n::error::x\\e[31m"\ncaller: "evil\\n::error::x\\e[31m"\n' > "bad-$evil.yaml"

for form in "" --json; do
    try run "$evil.yaml" $form
    try run "bad-$evil.yaml" $form
    try run "missing-$evil.yaml" $form
    try run --fault "call: \"$evil\"" $form -- "./$evil"
    try run --fault "$fault" $form -- "./missing-$evil"
    try run --fault "$fault" $form --caller "$evil"
    try run --fault "$fault" $form -- "./$evil" "$evil"
    try record $form -- "./$evil" "$evil"
    try sweep --failures E_OUTOFMEMORY $form --results "swept-$evil" -- "./$evil" "$evil"
    try sweep --failures E_OUTOFMEMORY $form --methods "$evil" -- "./$evil" "$evil"
    try report --results "swept-$evil" $form
    try report --results "missing-$evil" $form
    try diff "swept-$evil" "swept-$evil" $form
    try diff "missing-$evil" "swept-$evil" $form
    try merge "merged-$evil" "swept-$evil" $form
    try list callers $form
    try list "$evil" $form
    try doctor $form
done
runs=("swept-$evil"/runs/*)
run=${runs[0]}
id=$("$tool" report --results "swept-$evil" --json | grep -oE '"id": "[0-9a-f]+' | head -1 | cut -d'"' -f4)
[ -n "$id" ] || { echo "FAILED: the sweep has no finding"; failed=$((failed + 1)); }
for verb in replay minimize; do
    try $verb "$id" --results "swept-$evil"
    try $verb "$evil" --results "swept-$evil"
done
try replay "$id" --results "swept-$evil" --script
try minimize "$evil.yaml"
try trace "$run"
try trace "$run" --around 3
try trace "$run" --verify
try trace "missing-$evil"
try trace "$evil.yaml"
try scenario "$evil.yaml" --print
try scenario "$evil.yaml" "bad-$evil.yaml"
try scenario --from-trace "$run"
try scenario --to-fuzz "../$evil.fuzz" "$evil.yaml"
try explain "$evil.yaml"
try explain "bad-$evil.yaml"
try "$evil"
try help "$evil"
try run "--$evil"
for option in --html --junit --sarif --findings; do
    report $option report --results "swept-$evil"
done
report --junit run "$evil.yaml"
report --perfetto trace "$run"
report --html trace "$run"
for option in --html --junit --sarif; do
    report $option diff "swept-$evil" "swept-$evil"
done
export GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY="$work/summary"
try run "$evil.yaml"
try report --results "swept-$evil"
try diff "swept-$evil" "swept-$evil"
check "the summary for GitHub" "$work/summary"

[ "$failed" = 0 ] || exit 1
[ "$count" -ge 100 ] || { echo "FAILED: only $count outputs were looked at"; exit 1; }
echo "$count outputs hold nothing hostile"
