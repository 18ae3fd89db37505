# SPDX-License-Identifier: MIT
# Sourced by the scripts beside it: hf_build PRESET [TARGET...] configures and builds out/PRESET and shows progress. The compiler's output goes to
# out/PRESET-build.log, and also to stderr if the build fails. Exit status 3: the build failed.

# On a terminal, updates one line; otherwise prints a line for each quarter.
hf__show_progress() {
    local name=$1 line done_count=0 count=0 quarter=0
    while IFS= read -r line; do
        [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
        done_count=${BASH_REMATCH[1]} count=${BASH_REMATCH[2]}
        if [ -t 2 ]; then
            printf '\rbuilding %s: %d of %d' "$name" "$done_count" "$count" >&2
        elif ((count >= 20 && done_count * 4 / count > quarter)); then
            quarter=$((done_count * 4 / count))
            echo "building $name: $done_count of $count" >&2
        fi
    done
    [ ! -t 2 ] || ((count == 0)) || echo >&2
}

hf_build() {
    local preset=$1 log=out/$1-build.log status targets=()
    shift
    [ $# -eq 0 ] || targets=(--target "$@")
    mkdir -p out
    # A condition, so that a caller with `set -e` comes to the lines below as well.
    if { cmake --preset "$preset" && cmake --build --preset "$preset" "${targets[@]}"; } 2>&1 | tee "$log" | hf__show_progress "$preset"; then
        status=${PIPESTATUS[0]}
    else
        status=${PIPESTATUS[0]}
    fi
    [ "$status" -ne 0 ] || return 0
    grep -vE '^\[[0-9]+/[0-9]+\] ' "$log" | tail -60 >&2
    echo "the preset $preset does not build; $log has it all" >&2
    return 3
}
