#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every specimen, built at other levels of optimisation and with another compiler, must get the verdict of its row in specimens.def.
# usage: levels.sh TEST SOURCE_FOLDER BINARY_FOLDER SHIM WORK_FOLDER. Missing compilers are skipped with a message.
set -euo pipefail
test=$1 source=$2 binary=$3 shim=$4 work=$5

settings=(
    "gcc -O0"
    "gcc -O2"
    "gcc -O3 -flto"
    "clang -O0"
    "clang -O2"
    "clang -O3"
)

# build FOLDER COMPILER FLAGS: a caller for each file.
build() {
    local folder=$1 file name
    shift
    mkdir -p "$folder"
    for file in "$source"/harness/callers/specimens/*.c; do
        name=$(basename "$file" .c)
        printf '%s\0%s\0' "$file" "$folder/hf-caller-specimen-${name//_/-}"
    done | xargs -0 -n 2 -P 2 bash -c '
        file=${@: -2:1} out=${@: -1}
        set -- "${@:1:$#-2}"
        "$@" -std=gnu17 -g -w -D_GNU_SOURCE -I "$SOURCE/harness/include" -I "$BINARY/include" -I "$SOURCE/harness/src/base" \
            "$file" "$SHIM" -pthread -rdynamic -o "$out"' build "$@"
}
export SOURCE=$source BINARY=$binary SHIM=$shim

rm -rf "$work"
failed=0
for setting in "${settings[@]}"; do
    read -r -a words <<< "$setting"
    if ! command -v "${words[0]}" > /dev/null; then
        echo "SKIPPED: $setting: there is no ${words[0]}"
        continue
    fi
    folder=$work/${setting// /}
    build "$folder" "${words[@]}"
    if HF_SPECIMENS=$folder "$test" -j2 --filter 'specimens/has_its_verdict_and_no_other' > "$folder/log.txt" 2>&1; then
        echo "as it must be: $setting"
    else
        echo "FAILED: $setting"
        grep -a 'specimens' "$folder/log.txt" | head -20
        failed=1
    fi
done
exit $failed
