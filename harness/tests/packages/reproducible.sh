#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds the preset package in two folders and compares every installed file. usage: reproducible.sh SOURCE WORK
set -euo pipefail
source=$1 work=$2
rm -rf "$work"
mkdir -p "$work"
work=$(cd "$work" && pwd)
# A cache of objects would give one folder what it made for the other.
unset CMAKE_C_COMPILER_LAUNCHER CMAKE_CXX_COMPILER_LAUNCHER
for folder in one "another folder with a longer name"; do
    git clone -q --no-hardlinks "$source" "$work/$folder"
    cd "$work/$folder"
    { cmake --preset package && cmake --build --preset package; } > "$work/build.log" 2>&1 ||
        { tail -30 "$work/build.log"; echo "reproducible: FAILED: the preset package does not build" >&2; exit 1; }
    DESTDIR=$work/installed/${folder%% *} cmake --install out/package > /dev/null
done
cd "$work/installed"
count=$(find one -type f | wc -l)
[ "$count" -ge 60 ] || { echo "reproducible: FAILED: only $count files are installed" >&2; exit 1; }
diff -r one another || { echo "reproducible: FAILED: the files above depend on the folder they were built in" >&2; exit 1; }
if grep -rlaF "$work" one; then
    echo "reproducible: FAILED: the files above hold the folder they were built in" >&2
    exit 1
fi
# Hardened: bound at load, with a protected stack and checked copies.
has() { # has WORD COMMAND...: does what the command prints hold it? Read whole, so that the command is not cut off.
    local word=$1 said
    shift
    said=$("$@")
    [[ $said == *"$word"* ]] || { echo "reproducible: FAILED: ${*: -1} has no $word" >&2; exit 1; }
}
for file in one/usr/bin/hostfault one/usr/lib/*/libhostfault-malloc.so; do
    has NOW readelf -d "$file"
    has GNU_RELRO readelf -lW "$file"
    has __stack_chk_fail nm -D "$file"
done
has _chk@ nm -D one/usr/bin/hostfault
echo "reproducible: $count files are the same from both folders"
