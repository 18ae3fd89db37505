#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# hosting.h with the SDK's mscoree.h: alone, before it and after it; in C and C++, as classes and as structures; found by <mscoree.h> and only by
# "mscoree.h"; with the rules of Microsoft's compilers (clang) and with MinGW. If MinGW's g++ and Wine are installed, the test also runs the classes and
# calls each slot. usage: mscoree.sh INCLUDE_FOLDER WORK_FOLDER
set -euo pipefail
include=$1 work=$2
here=$(cd "$(dirname "$0")" && pwd)
strict='-Wall -Wextra -Wpedantic -Wshadow -Werror'
mkdir -p "$work"
checked=0

fail() { echo "install.mscoree: $*" >&2; exit 1; }
have() { command -v "$1" > /dev/null; }

# What each compiler is called with, but for the language.
msvc() { clang --target=x86_64-pc-windows-msvc -fsyntax-only -ffreestanding -nostdinc -isystem "$here/windows-sdk" -isystem "$(clang -print-resource-dir)/include" "$@"; }
mingw_c() { x86_64-w64-mingw32-gcc -fsyntax-only "$@"; }
mingw_cpp() { x86_64-w64-mingw32-g++ -fsyntax-only "$@"; }

check() { # check COMPILER REACH ORDER FILE OPTIONS...
    local compiler=$1 reach=$2 order=$3 file=$4
    shift 4
    [ "$order" = 1 ] || set -- "$@" "$reach" "$here/windows-midl"
    # shellcheck disable=SC2086
    "$compiler" $strict -DHF_ORDER="$order" -I "$include" "$@" "$here/$file" > "$work/log" 2>&1 || {
        head -20 "$work/log" >&2
        fail "$compiler $* with HF_ORDER=$order does not take $file"
    }
    checked=$((checked + 1))
}

check_all() { # check_all C_COMPILER C++_COMPILER STANDARDS: of one SDK
    local order reach standard
    for order in 1 2 3; do
        for reach in -isystem -iquote; do
            check "$1" $reach $order hosting_structures.c -x c -std=c17
            check "$1" $reach $order hosting_structures.c -x c -std=c17 -DWIN32_LEAN_AND_MEAN
            [ -n "$2" ] || continue
            check "$2" $reach $order hosting_structures.c -x c++ -std=c++11 -DCINTERFACE
            for standard in $3; do
                check "$2" $reach $order hosting_classes.cpp -x c++ -std=$standard -DWIN32_LEAN_AND_MEAN
            done
        done
    done
}

have clang || have x86_64-w64-mingw32-gcc || { echo "SKIPPED: neither clang nor MinGW's gcc here"; exit 77; }
! have clang || check_all msvc msvc 'c++11 c++14 c++17 c++20'
! have x86_64-w64-mingw32-gcc || check_all mingw_c "$(have x86_64-w64-mingw32-g++ && echo mingw_cpp || true)" 'c++11 c++20'

ran=0
run_classes() { # run_classes ORDER
    x86_64-w64-mingw32-g++ -std=c++11 -O1 -DHF_ORDER="$1" -DHF_RUNS -I "$include" -isystem "$here/windows-midl" -static "$here/hosting_classes.cpp" \
        -o "$work/classes-$1.exe"
    local status=0
    python3 "$here/../support/wine.py" "$work/classes-$1.exe" || status=$?
    [ $status = 77 ] || [ $status = 0 ] || fail "a method is not in its slot (HF_ORDER=$1)"
    [ $status = 77 ] || ran=$((ran + 1))
}
if have x86_64-w64-mingw32-g++; then
    for order in 1 2 3; do run_classes $order; done
fi
echo "install.mscoree: $checked ways to include it, $ran programs run"
