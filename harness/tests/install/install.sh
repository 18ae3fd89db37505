#!/usr/bin/env bash
# One part of the installation test. usage: install.sh PART SOURCE_FOLDER BINARY_FOLDER
# Everything it makes lies in the binary folder.
set -euo pipefail
part=$1 source=$2 binary=$3
here=$source/harness/tests/install
work=$binary/install-test
prefix=$work/moved/here

# What the library was built with (a sanitizer) its customers must be built with too.
flags=$(sed -n 's/^CMAKE_C_FLAGS:STRING=//p' "$binary/CMakeCache.txt")
cc=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$binary/CMakeCache.txt")

fail() { echo "install.$part: $*" >&2; exit 1; }
expect() { [ "$1" = "$2" ] || fail "expected '$2', got '$1'"; }

case $part in
prefix)
    rm -rf "$work"
    cmake --install "$binary" --prefix "$work/first" > /dev/null
    mkdir -p "$work/moved"
    mv "$work/first" "$prefix"
    # No file of the package may remember where it was made or installed.
    if grep -rIlF -e "$work/first" -e "$source" -e "$binary" "$prefix/lib" "$prefix/include" --include='*.cmake' --include='*.pc' --include='*.h'; then
        fail "the files above hold absolute paths"
    fi
    ;;
find_package)
    cmake -S "$here/customer" -B "$work/customer" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS="$flags" > /dev/null
    cmake --build "$work/customer" > "$work/customer.log" || { cat "$work/customer.log"; fail "does not build"; }
    expect "$("$work/customer/customer")" "customer: good"
    expect "$("$work/customer/driver")" "driver: good"
    ;;
pkg_config)
    export PKG_CONFIG_PATH=$(echo "$prefix"/lib*/pkgconfig "$prefix"/lib/*/pkgconfig | tr ' ' '\n' | grep -v '\*' | head -1)
    expect "$(pkg-config --modversion hostfault)" "$(sed -n 's/^project(hostfault VERSION \([0-9.]*\).*/\1/p' "$source/CMakeLists.txt")"
    # shellcheck disable=SC2046,SC2086
    $cc $flags -std=gnu17 "$here/customer.c" $(pkg-config --cflags --libs hostfault-shim) -o "$work/customer-pc"
    # shellcheck disable=SC2046,SC2086
    $cc $flags -std=gnu17 "$here/driver.c" $(pkg-config --cflags --libs hostfault) -o "$work/driver-pc"
    expect "$("$work/customer-pc")" "customer: good"
    expect "$("$work/driver-pc")" "driver: good"
    ;;
headers)
    strict="-Wall -Wextra -Wpedantic -Wshadow -Werror -fsyntax-only"
    count=0
    all=$work/all_headers.h
    : > "$all"
    for header in "$prefix"/include/hostfault/*.h; do
        name=hostfault/$(basename "$header")
        echo "#include <$name>" >> "$all"
        # shellcheck disable=SC2086
        echo "#include <$name>" | $cc -std=c17 $strict -I"$prefix/include" -x c - || fail "$name is not complete in itself in C"
        # shellcheck disable=SC2086
        echo "#include <$name>" | c++ -std=c++11 $strict -I"$prefix/include" -x c++ - || fail "$name is not complete in itself in C++"
        count=$((count + 1))
    done
    [ "$count" -ge 8 ] || fail "only $count headers are installed"
    expect "$(ls "$source"/harness/include/hostfault/*.h | wc -l)" "$count"
    # A C++ program that includes all of them and links.
    { cat "$all"; echo 'int main() { return hf_attached(); }'; } > "$work/all.cpp"
    library=$(dirname "$(find "$prefix" -name libhostfault-shim.a)")
    # shellcheck disable=SC2086
    c++ $flags -std=c++11 -I"$prefix/include" "$work/all.cpp" -L"$library" -lhostfault-shim -pthread -o "$work/all-cpp"
    "$work/all-cpp"
    ;;
symbols)
    # Every function that a header declares is there: a program that takes the address of each must link.
    names=$(cat "$prefix"/include/hostfault/*.h | sed -nE 's/^HF_API [^(]*\<(hf_[a-z0-9_]+)\(.*/\1/p' | sort -u)
    declared=$(cat "$prefix"/include/hostfault/*.h | grep -c '^HF_API ')
    count=$(echo "$names" | wc -l)
    expect "$count functions" "$declared functions"
    [ "$count" -ge 40 ] || fail "only $count functions are declared"
    {
        for header in "$prefix"/include/hostfault/*.h; do echo "#include <hostfault/$(basename "$header")>"; done
        echo 'typedef void function(void); extern function *const hf_all[]; function *const hf_all[] = {'
        for name in $names; do echo "    (function *)$name,"; done
        echo '}; int main(void) { int missing = 0; for (unsigned long i = 0; i < sizeof hf_all / sizeof hf_all[0]; i++) missing += hf_all[i] == 0; return missing; }'
    } > "$work/symbols.c"
    export PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name hostfault.pc)")
    # shellcheck disable=SC2046,SC2086
    $cc $flags -std=gnu17 -Wno-cast-function-type "$work/symbols.c" $(pkg-config --cflags --libs hostfault) -o "$work/symbols" || fail "declared, but not there"
    "$work/symbols"
    # A library for other people's programs takes no name that is not ours.
    strangers=$(find "$prefix" -name 'libhostfault*.a' -exec nm -g --defined-only {} + 2> /dev/null | awk 'NF == 3 && $3 !~ /^(_?_?)(hf_|HF_|IID_|asan|odr_asan|sancov)/ && $3 !~ /^__(asan|odr_asan|ubsan|tsan)/ { print $3 }' | sort -u)
    [ -z "$strangers" ] || fail "names that are not ours: $strangers"
    ;;
tool)
    [ -x "$prefix/bin/hostfault" ] || { echo "the tool was not built"; exit 1; }
    expect "$("$prefix/bin/hostfault" --version | cut -d' ' -f1)" "hostfault"
    # The callers beside it are found from wherever it lies.
    for caller in "$prefix"/bin/hf-caller-*; do
        "$prefix/bin/hostfault" list callers | grep -q "^$(basename "$caller" | sed 's/hf-caller-//') " || fail "$(basename "$caller") is not found"
    done
    ;;
*) fail "no such part" ;;
esac
echo "install.$part: good"
