#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# One part of the installation test. usage: install.sh PART SOURCE_FOLDER BINARY_FOLDER
# Writes only into the binary folder.
set -euo pipefail
part=$1 source=$2 binary=$3
here=$source/harness/tests/install
work=$binary/install-test
prefix=$work/moved/"a place, größer" # as somebody may name a folder

# What the library was built with (a sanitizer) its customers must be built with too.
flags=$(sed -n 's/^CMAKE_C_FLAGS:STRING=//p' "$binary/CMakeCache.txt")
cc=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$binary/CMakeCache.txt")

# What pkg-config says, as words: a prefix with a space in it comes quoted, as a shell would read it.
package_words() { eval "words=($(pkg-config "$@"))"; }

fail() { echo "install.$part: $*" >&2; exit 1; }
expect() { [ "$1" = "$2" ] || fail "expected '$2', got '$1'"; }

case $part in
prefix)
    rm -rf "$work"
    # The target hf-package, which is all that scripts/run builds, makes every program and library that is installed.
    commands=$(cd "$binary" && ninja -t commands hf-package)
    while read -r file; do
        grep -qF " ${file#"$binary"/} " <<< "$commands" || fail "$file is installed, but hf-package does not build it"
    done < <(find "$binary" -name cmake_install.cmake -not -path "$work/*" -exec sed -nE 's/.* FILES "([^"]*\/(bin\/[^"]*|[^"]*\.(a|so)))".*/\1/p' {} +)
    cmake --install "$binary" --prefix "$work/first" > /dev/null
    mkdir -p "$(dirname "$prefix")"
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
    ctest --test-dir "$work/customer" -R good.sweep --no-tests=error > "$work/customer.log" 2>&1 || { cat "$work/customer.log"; fail "good.sweep finds something"; }
    ctest --test-dir "$work/customer" -R known.sweep --no-tests=error --output-on-failure > "$work/known.log" 2>&1 || { cat "$work/known.log"; fail "known.sweep does not take known.allow"; }
    ctest --test-dir "$work/customer" -L slow --no-tests=error --output-on-failure > "$work/customer.log" 2>&1 && fail "careless.sweep finds nothing"
    # A sanitizer ends it with words of its own, and then only the refused call is placed.
    where='in main'
    [ -z "$flags" ] || where='(in|Malloc.Alloc of) main'
    grep -qE "^(crashed  *$where at careless|.*careless.*: error: crashed: $where)" "$work/customer.log" || { cat "$work/customer.log"; fail "careless.sweep finds something else"; }
    ;;
parent)
    # Only configured: it is the same build again. Its sweep is a test with the options that were given.
    rm -rf "$work/parent"
    cmake -S "$here/parent" -B "$work/parent" -G Ninja -DHOSTFAULT="$source" -DCMAKE_C_COMPILER="$cc" > "$work/parent.log" 2>&1 ||
        { cat "$work/parent.log"; fail "a project with hostfault in it does not configure"; }
    grep -q 'sweep" "--quiet" .*"--budget" "60s" "--failures" "E_OUTOFMEMORY" "--" ' "$work/parent/CTestTestfile.cmake" || fail "no such test"
    # `all` has the tool, because a test uses it, and nothing that nobody asked for.
    ninja -C "$work/parent" -n all > "$work/parent.log"
    grep -q 'executable hostfault/bin/hostfault$' "$work/parent.log" || fail "the tool is not built before the sweep"
    ! grep -E 'hf-caller|hostfault_fuzz' "$work/parent.log" || fail "it is built though nobody asked"
    # It installs nothing of its own into somebody else's prefix.
    ! grep -q 'file(INSTALL' "$work/parent/hostfault/harness/cmake_install.cmake" || fail "it would be installed with its parent"
    rm -rf "$work/fetch"
    cmake -S "$here/parent" -B "$work/fetch" -G Ninja -DHOSTFAULT="$source" -DFETCH=ON -DCMAKE_C_COMPILER="$cc" > "$work/parent.log" 2>&1 ||
        { cat "$work/parent.log"; fail "a project that fetches hostfault does not configure"; }
    ;;
shim_only)
    # In a folder with a comma, at which the options of a linker are cut. Without pkg-config none of the tool's libraries can be found, so none is asked for.
    rm -rf "$work/shim, only" "$work/shim-prefix"
    cmake -S "$source" -B "$work/shim, only" -G Ninja -DHF_SHIM_ONLY=ON -DHF_DEVELOPER_MODE=OFF -DPKG_CONFIG_EXECUTABLE=/nowhere/pkg-config \
        -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS="$flags" > "$work/shim.log" 2>&1 || { cat "$work/shim.log"; fail "does not configure"; }
    cmake --build "$work/shim, only" > "$work/shim.log" 2>&1 || { tail -30 "$work/shim.log"; fail "does not build"; }
    cmake --install "$work/shim, only" --prefix "$work/shim-prefix" > /dev/null
    [ ! -e "$work/shim-prefix/bin/hostfault" ] || fail "the tool is there"
    printf '%s\n' 'cmake_minimum_required(VERSION 3.25)' 'project(user LANGUAGES C)' 'find_package(hostfault 0.1 REQUIRED)' \
        "add_executable(customer \"$here/customer.c\")" 'target_link_libraries(customer PRIVATE hostfault::shim)' > "$work/shim, only/CMakeLists.txt"
    cmake -S "$work/shim, only" -B "$work/shim, only/user" -G Ninja -DCMAKE_PREFIX_PATH="$work/shim-prefix" -DPKG_CONFIG_EXECUTABLE=/nowhere/pkg-config \
        -DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS="$flags" > "$work/shim.log" 2>&1 || { cat "$work/shim.log"; fail "is not found by find_package"; }
    cmake --build "$work/shim, only/user" > "$work/shim.log" || { cat "$work/shim.log"; fail "its customer does not build"; }
    expect "$("$work/shim, only/user/customer")" "customer: good"
    ;;
shared)
    # Each library has a SONAME, exports what its headers declare, with a version, and nothing else, and needs only the system where it goes into programs.
    [ -n "$(find "$prefix" -name libhostfault.so)" ] || { echo 'SKIPPED: a build with sanitizers has no shared libraries'; exit 77; }
    soversion=$(sed -n 's/^project(hostfault VERSION \([0-9]*\.[0-9]*\).*/\1/p' "$source/CMakeLists.txt")
    library=$(dirname "$(find "$prefix" -name libhostfault.so)")
    shim='adapt caller error hostfault hosting'
    check_library() { # check_library NAME HEADER...
        local file=$library/lib$1.so name=$1 declared exported
        shift
        expect "$(readelf -d "$file" | sed -n 's/.*soname: \[\(.*\)\]/\1/p')" "lib$name.so.$soversion"
        declared=$(for header; do cat "$prefix/include/hostfault/$header.h"; done | sed -nE 's/^HF_API [^(]*\<(hf_[a-z0-9_]+)\(.*/\1/p' | sort -u)
        exported=$(nm -D --defined-only "$file" | awk '$2 != "A" { print $3 }' | sort -u)
        expect "$exported" "$(sed "s/\$/@@HOSTFAULT_$soversion/" <<< "$declared")"
    }
    others() { (cd "$prefix/include/hostfault" && for header in *.h; do echo "${header%.h}"; done | grep -vxE "$1"); }
    # shellcheck disable=SC2086
    check_library hostfault-shim $shim
    # shellcheck disable=SC2046
    check_library hostfault-test $(others 'allow|fuzz|plan|run|sweep')
    # shellcheck disable=SC2046
    check_library hostfault $(others fuzz)
    for name in hostfault-shim hostfault-test hostfault-malloc; do
        needs=$(readelf -d "$library/lib$name.so" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -vE '^(libc|libgcc_s|ld-linux.*)\.so' || true)
        [ -z "$needs" ] || fail "lib$name.so needs $needs"
    done
    for target in shim_shared:customer hostfault_shared:driver shim_shared:careless; do
        name=${target#*:}
        mkdir -p "$work/shared/$name"
        printf '%s\n' 'cmake_minimum_required(VERSION 3.25)' 'project(user LANGUAGES C)' 'find_package(hostfault 0.1 REQUIRED)' \
            "add_executable($name \"$here/$name.c\")" "target_link_libraries($name PRIVATE hostfault::${target%:*})" > "$work/shared/$name/CMakeLists.txt"
        cmake -S "$work/shared/$name" -B "$work/shared/$name/build" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" \
            -DCMAKE_SKIP_BUILD_RPATH=ON > /dev/null # a run path cannot hold a comma
        cmake --build "$work/shared/$name/build" > "$work/shared.log" || { cat "$work/shared.log"; fail "$name does not build"; }
    done
    export LD_LIBRARY_PATH=$library
    expect "$("$work/shared/customer/build/customer")" "customer: good"
    expect "$("$work/shared/driver/build/driver")" "driver: good"
    "$prefix/bin/hostfault" sweep --quiet --failures E_OUTOFMEMORY --results "$work/shared/results" -- "$work/shared/careless/build/careless" > "$work/shared.log" 2>&1 &&
        fail "a program with the shared library cannot be swept"
    grep -qE '^(crashed  *in main at careless|.*careless.*: error: crashed: in main)' "$work/shared.log" || { cat "$work/shared.log"; fail "something else is found"; }
    ;;
man)
    # A page for every verb and for the language, and a linter that is not ours.
    man=$(dirname "$(dirname "$(find "$prefix" -name hostfault.1)")")
    for verb in $("$prefix/bin/hostfault" help | sed -nE 's/^  ([a-z]+) +[a-z].*/\1/p' | grep -vx verb); do
        page=$man/man1/hostfault-$verb.1
        [ -e "$page" ] || fail "no page for $verb"
        while read -r option; do
            grep -q "^\\\\fB.*$(sed 's/-/\\\\-/g' <<< "$option")\\\\fR" "$page" || fail "hostfault-$verb.1 lacks $option"
        done < <("$prefix/bin/hostfault" help "$verb" | sed -nE 's/^  (-[a-z], )?(--[a-z-]+).*/\2/p')
    done
    [ "$(ls "$man"/man1 | wc -l)" -ge 15 ] || fail "only $(ls "$man"/man1 | wc -l) pages"
    grep -q '^\\fBstack\\-depth\\fR$' "$man/man5/hostfault-scenario.5" || fail "the language's page lacks a key"
    ! grep -q 'one folder for each family' "$man/man5/hostfault-scenario.5" || fail "the language's page tells of a folder that its reader does not have"
    if command -v mandoc > /dev/null; then
        for page in "$man"/man?/*; do
            said=$(mandoc -T lint -W warning "$page" | grep -v 'missing date' || true)
            [ -z "$said" ] || fail "$said"
        done
    else
        echo 'SKIPPED of install.man: no mandoc here (a Debian package)'
    fi
    ;;
completions)
    # What the shells offer: verbs, options of a verb, nothing behind --.
    offered() { # offered WORD...: what bash offers for the last
        bash -c 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hostfault 2> /dev/null; echo "${COMPREPLY[*]}"' \
            "$prefix/share/bash-completion/completions/hostfault" "$@"
    }
    expect "$(offered hostfault sw)" sweep
    expect "$(offered hostfault help rep)" "replay report"
    expect "$(offered hostfault sweep --al)" --allow
    expect "$(offered hostfault sweep -- --al)" ""
    expect "$(offered hostfault sweep --jobs '')" ""
    expect "$(offered hostfault sweep --color '')" "auto always never"
    expect "$(offered hostfault list out)" outcomes
    expect "$(PATH=$prefix/bin:$PATH offered hostfault run --caller lu)" lua
    if command -v zsh > /dev/null; then
        zsh -n "$prefix/share/zsh/site-functions/_hostfault" || fail "zsh does not take _hostfault"
    else
        echo 'SKIPPED of install.completions: no zsh here (a Debian package)'
    fi
    if command -v fish > /dev/null; then
        said=$(HOME=$work fish -c "source '$prefix/share/fish/vendor_completions.d/hostfault.fish'; complete -C 'hostfault sweep --al'")
        expect "${said%%$'\t'*}" --allow
        for line in 'sweep --color al:always' 'list outc:outcomes' 'help rec:record' 'run --caller lu:lua'; do
            said=$(HOME=$work PATH=$prefix/bin:$PATH fish -c "source '$prefix/share/fish/vendor_completions.d/hostfault.fish'; complete -C 'hostfault ${line%:*}'")
            expect "${said%%$'\t'*}" "${line#*:}"
        done
    else
        echo 'SKIPPED of install.completions: no fish here (a Debian package)'
    fi
    ;;
sbom)
    python3 - "$(find "$prefix" -name hostfault.cdx.json)" "$("$prefix/bin/hostfault" --version | cut -d' ' -f2)" << 'PYTHON' || fail "the bill of materials is not right"
import json, re, subprocess, sys

with open(sys.argv[1], encoding="utf-8") as file:
    bom = json.load(file)
assert bom["bomFormat"] == "CycloneDX" and bom["specVersion"] == "1.5", bom
assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", bom["serialNumber"]), bom["serialNumber"]
assert bom["metadata"]["component"]["version"] == sys.argv[2], bom["metadata"]
found = {one["name"]: one["version"] for one in bom["components"]}
for name, package in {"libyaml": "yaml-0.1", "sqlite": "sqlite3", "jansson": "jansson", "elfutils": "libdw"}.items():
    version = subprocess.run(["pkg-config", "--modversion", package], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    assert found[name] == version, (name, found.get(name), version)
assert all(one["type"] == "library" and one["licenses"] and one["purl"] == f"pkg:generic/{one['name']}@{one['version']}" for one in bom["components"])
PYTHON
    ;;
uninstall)
    # What is installed goes away again, and nothing else does.
    rm -rf "$work/other"
    mkdir -p "$work/other/share/man/man1"
    echo theirs > "$work/other/share/man/man1/ls.1"
    cp "$binary/install_manifest.txt" "$work/manifest" 2> /dev/null || true
    cmake --install "$binary" --prefix "$work/other" > /dev/null
    cmake -DMANIFEST="$binary/install_manifest.txt" -P "$source/scripts/cmake/hf_uninstall.cmake" > /dev/null 2>&1
    cp "$work/manifest" "$binary/install_manifest.txt" 2> /dev/null || true
    expect "$(cd "$work/other" && find . -type f -o -type l -o -name '*hostfault*')" ./share/man/man1/ls.1
    ;;
recipes)
    # The recipes as somebody copies them: green with a program that takes a failure well, red with one that does not, green again when that is known.
    tool=$prefix/bin/hostfault
    PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name hostfault.pc)")
    # make cannot have a place with a space in its words, and Meson does not read what pkg-config makes of a letter that is not ASCII.
    plain=$(mktemp -d)
    trap 'rm -rf "$plain"' EXIT
    ln -sfn "$prefix" "$plain/plain"
    export PKG_CONFIG_PATH=$plain/plain/${PKG_CONFIG_PATH#"$prefix"/} PATH=$plain/plain/bin:$PATH
    check_recipe() { # check_recipe NAME COMMAND: twice, with two programs
        local name=$1 command=$2
        rm -rf "${work:?}/recipe-$name"
        mkdir "$work/recipe-$name"
        cp "$source/scripts/recipes/"{Makefile,meson.build} "$work/recipe-$name"
        cd "$work/recipe-$name"
        cp "$here/customer.c" parser-test.c
        eval "$command" > "$work/recipe.log" 2>&1 || { tail -30 "$work/recipe.log"; fail "$name: the good program is red"; }
        cp "$here/careless.c" parser-test.c
        eval "$command" > "$work/recipe.log" 2>&1 && fail "$name: the careless program is green"
        "$tool" sweep --quiet --results r --write-allow hostfault.allow -- ./parser-test > "$work/recipe.log" 2>&1 ||
            "$tool" sweep --quiet --results r --write-allow hostfault.allow -- build/parser-test > "$work/recipe.log" 2>&1 || true
        [ -e hostfault.allow ] || { cat "$work/recipe.log"; fail "$name: no file of known findings"; }
        eval "$command" > "$work/recipe.log" 2>&1 || { tail -30 "$work/recipe.log"; fail "$name: what is known is red"; }
    }
    command -v make > /dev/null && check_recipe make "make check CC='$cc' CFLAGS='$flags'" || echo 'SKIPPED of install.recipes: no make here (a Debian package)'
    if command -v meson > /dev/null; then
        check_recipe meson "rm -rf build; CC='$cc' CFLAGS='$flags' meson setup build && meson test -C build"
    else
        echo 'SKIPPED of install.recipes: no meson here (a Debian package)'
    fi
    ;;
example)
    # A host and its program, as harness/example/README.md has them: the contract bare and under a session, the script, and a leak that is planted.
    tool=$prefix/bin/hostfault
    build_example() { # build_example SOURCE BINARY
        cmake -S "$1" -B "$2" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" \
            -DCMAKE_C_FLAGS="$flags -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror" > /dev/null
        cmake --build "$2" > "$work/example.log" || { cat "$work/example.log"; fail "does not build"; }
    }
    build_example "$source/harness/example" "$work/example"
    cd "$work/example"
    expect "$(./budget-log)" "10000 records"
    expect "$(./budget-log --contract)" "contract: 0 clauses not kept"
    # Behind the shim: the suite misuses its host on purpose, which is what the verdict says.
    "$tool" record --results results -- ./budget-log --contract > "$work/example.log" 2>&1 || grep -q ' ended violated: ' "$work/example.log" || fail "the contract cannot be recorded"
    expect "$(cat results/runs/*/stdout)" "contract: 0 clauses not kept"
    "$tool" run budget-log.yaml --results results > "$work/example.log" 2>&1 || { cat "$work/example.log"; fail "the script is not as expected"; }
    grep -q '^4 scenarios: 4 as expected' "$work/example.log" || fail "the script has other scenarios"
    "$tool" sweep --failures E_OUTOFMEMORY --results results -- ./budget-log > "$work/example.log" 2>&1 || { cat "$work/example.log"; fail "the sweep finds something"; }
    rm -rf "$work/example-leaks"
    cp -R "$source/harness/example" "$work/example-leaks"
    sed -i 's/^ *log->manager->lpVtbl->VirtualFree(log->manager, got, 0, MEM_RELEASE);$/        (void)got;/' "$work/example-leaks/log.c"
    build_example "$work/example-leaks" "$work/example-leaks/build"
    cd "$work/example-leaks/build"
    "$tool" run budget-log.yaml --results results > "$work/example.log" 2>&1 && fail "the planted leak is not found"
    grep -q '^  got       leaked: 1 region more than the clean run leaves, 4194304 bytes' "$work/example.log" || { cat "$work/example.log"; fail "something else is found"; }
    ;;
unittest)
    # Each framework's test passes, and the broken one says what is wrong, by the installed package and by pkg-config.
    rm -rf "$work/unittest"
    cmake -S "$source/harness/example/unittest" -B "$work/unittest" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" \
        -DCMAKE_C_FLAGS="$flags -Wall -Wextra -Wpedantic -Wshadow -Werror" -DCMAKE_CXX_FLAGS="$flags" > "$work/unittest.log"
    cmake --build "$work/unittest" > "$work/unittest.log" || { cat "$work/unittest.log"; fail "does not build"; }
    ctest --test-dir "$work/unittest" --no-tests=error --output-on-failure > "$work/unittest.log" 2>&1 || { cat "$work/unittest.log"; fail "a test fails"; }
    expect "$("$work/unittest/test_plain")" "7 requests, 14 runs with a fault, 0 findings"
    "$work/unittest/test_broken" > "$work/unittest.log" 2>&1 && fail "the broken one passes"
    grep -q "names.c:38: error: leaked: " "$work/unittest.log" || { cat "$work/unittest.log"; fail "the leak is not told"; }
    # AddressSanitizer takes the signal, so that where it crashed is in its own report.
    grep -q "names.c:31: note: it crashed here, in copy" "$work/unittest.log" || { [[ $flags == *-fsanitize* ]] && grep -q "names.c:26: error: crashed: " "$work/unittest.log"; } || { cat "$work/unittest.log"; fail "the crash is not told"; }
    # The line that repeats one can be copied, wherever the program is.
    mkdir -p "$work/unit test"
    cp "$work/unittest/test_broken" "$work/unit test/it's broken"
    "$work/unit test/it's broken" > "$work/unittest.log" 2>&1 && fail "the broken one passes elsewhere"
    line=$(sed -n 's/^note: to repeat only this: //p' "$work/unittest.log" | head -1)
    eval "$line" > "$work/unittest.log" 2>&1 && fail "the repeated one passes"
    grep -q "^read:2: note: only this fault" "$work/unittest.log" || { cat "$work/unittest.log"; fail "not repeated by: $line"; }
    [ -z "$flags" ] || exit 0 # there is no hostfault::malloc then
    PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name hostfault-malloc.pc)")
    export PKG_CONFIG_PATH
    package_words --cflags --libs hostfault-malloc
    # shellcheck disable=SC2086
    $cc $flags -std=gnu17 "$source/harness/tests/unit/test/malloc_sweep.c" -g "${words[@]}" -o "$work/malloc-pc"
    expect "$("$work/malloc-pc")" ""
    ;;
pkg_config)
    PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name hostfault.pc)")
    export PKG_CONFIG_PATH
    expect "$(pkg-config --modversion hostfault)" "$(sed -n 's/^project(hostfault VERSION \([0-9.]*\).*/\1/p' "$source/CMakeLists.txt")"
    package_words --cflags --libs hostfault-shim
    # shellcheck disable=SC2086
    $cc $flags -std=gnu17 "$here/customer.c" "${words[@]}" -o "$work/customer-pc"
    package_words --cflags --libs hostfault
    # shellcheck disable=SC2086
    $cc $flags -std=gnu17 "$here/driver.c" "${words[@]}" -o "$work/driver-pc"
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
        printf '#include <%s>\ntypedef int declares_something;\n' "$name" | $cc -std=c17 $strict -I"$prefix/include" -x c - || fail "$name is not complete in itself in C"
        # shellcheck disable=SC2086
        echo "#include <$name>" | c++ -std=c++11 $strict -I"$prefix/include" -x c++ - || fail "$name is not complete in itself in C++"
        count=$((count + 1))
    done
    [ "$count" -ge 8 ] || fail "only $count headers are installed"
    expect "$(ls "$source"/harness/include/hostfault/*.h{,.in} | wc -l)" "$count"
    # A C++ program that includes all of them and links.
    { cat "$all"; echo 'int main() { return hf_attached(); }'; } > "$work/all.cpp"
    library=$(dirname "$(find "$prefix" -name libhostfault-shim.a)")
    # shellcheck disable=SC2086
    c++ $flags -std=c++11 -I"$prefix/include" "$work/all.cpp" -L"$library" -l:libhostfault-shim.a -pthread -o "$work/all-cpp"
    "$work/all-cpp"
    ;;
headers_windows)
    # The headers as Microsoft's compilers see them, as far as clang can tell: their target, which is no GNU C (no __GNUC__, and here no attribute and no
    # extension of GNU's either), C and C++, with the few declarations of the SDK in windows-sdk. And, with MinGW's SDK, on either side of mscoree.h.
    command -v clang > /dev/null || { echo 'SKIPPED: no clang here (Debian'"'"'s package clang)'; exit 77; }
    mine=$(clang -print-resource-dir)/include
    count=0
    check_msvc() { # check_msvc LANGUAGE STANDARD: of what comes on stdin
        clang --target=x86_64-pc-windows-msvc -fsyntax-only -ffreestanding -nostdinc -x "$1" -std="$2" -Wall -Wextra -Wpedantic -Wgnu -Werror \
            '-D__attribute__(x)=this_is_of_gnu_c' -D__typeof__=this_is_of_gnu_c -D__extension__=this_is_of_gnu_c -D__asm__=this_is_of_gnu_c \
            -isystem "$here/windows-sdk" -isystem "$mine" -I "$prefix/include" -
    }
    for header in "$prefix"/include/hostfault/*.h; do
        name=hostfault/$(basename "$header")
        printf '#include <%s>\ntypedef int declares_something;\n' "$name" | check_msvc c c17 || fail "$name is not for Microsoft's compilers in C"
        echo "#include <$name>" | check_msvc c++ c++14 || fail "$name is not for Microsoft's compilers in C++"
        count=$((count + 1))
    done
    [ "$count" -ge 8 ] || fail "only $count headers are installed"
    mingw=x86_64-w64-mingw32-gcc
    if command -v $mingw > /dev/null; then
        for order in 'hostfault/hosting.h mscoree.h' 'mscoree.h hostfault/hosting.h'; do
            for lean in -DWIN32_LEAN_AND_MEAN -DNO_LEAN; do
                for include in $order; do echo "#include <$include>"; done | $mingw -std=c17 -Wall -Wextra -Werror -fsyntax-only $lean -I"$prefix/include" -x c - ||
                    fail "$order does not compile ($lean)"
            done
        done
    fi
    ;;
mscoree) exec bash "$here/mscoree.sh" "$prefix/include" "$work/mscoree" ;;
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
    PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name hostfault.pc)")
    export PKG_CONFIG_PATH
    package_words --cflags --libs hostfault-fuzz hostfault
    # shellcheck disable=SC2086
    $cc $flags -std=gnu17 -Wno-cast-function-type "$work/symbols.c" "${words[@]}" -o "$work/symbols" || fail "declared, but not there"
    "$work/symbols"
    # A library for other people's programs takes no name that is not ours. The one that stands before malloc takes those that the preload library takes.
    before=$(find "$prefix" -name libhostfault-test-malloc.a)
    if [ -n "$before" ]; then
        taken=$(nm -g --defined-only "$before" 2> /dev/null | awk 'NF == 3 && $3 !~ /^hf_/ { print $3 }' | sort -u)
        expect "$taken" "$(sed -n '/global:/,/local:/p' "$source/harness/src/attach/attach_preload.map" | grep -oE '[A-Za-z0-9_]+;' | tr -d ';' | grep -v '^hf_' | sort -u)"
    fi
    strangers=$(find "$prefix" -name 'libhostfault*.a' -not -name libhostfault-test-malloc.a -exec nm -g --defined-only {} + 2> /dev/null | awk 'NF == 3 && $2 ~ /^[A-Za-z]$/ && $3 !~ /^(_?_?)(hf_|HF_|IID_|asan|odr_asan|sancov)/ && $3 !~ /^__(asan|odr_asan|ubsan|tsan)/ { print $3 }' | sort -u)
    [ -z "$strangers" ] || fail "names that are not ours: $strangers"
    ;;
fuzz)
    # Callers of a customer's as fuzz targets, built from the package alone. A program that needs a second page, and the third VirtualAlloc refused: the
    # example's bug. Found from the input, and met again by the tool from the script that the input stands for.
    tool=$prefix/bin/hostfault
    mkdir -p "$work/fuzz-data"
    head -c 1100 /dev/zero | tr '\0' A > "$work/fuzz-data/long" # an input of before: no schedule, no fault
    { cat "$work/fuzz-data/long"; printf '\000\001\001\002\000\000\005\000\365Hf'; } > "$work/fuzz-input"
    check_target() { # check_target PROGRAM: what every engine must find with these inputs
        "$1" "$work/fuzz-data/long" > "$work/fuzz-run.log" 2>&1 || { cat "$work/fuzz-run.log"; fail "$1 fails without a fault"; }
        "$1" "$work/fuzz-input" > "$work/fuzz-run.log" 2>&1 && fail "$1 does not find the leak"
        grep -q '^==hostfault== ERROR: leaked: ' "$work/fuzz-run.log" || { cat "$work/fuzz-run.log"; fail "$1 finds something else"; }
        grep -q '^hostfault: fault 1: VirtualAlloc(.*, 4096, commit, readwrite, task) -> E_OUTOFMEMORY' "$work/fuzz-run.log" || fail "the fault is not told"
        "$tool" scenario --from-fuzz "$work/fuzz-input" --program "$1" > "$work/fuzz.yaml"
        "$tool" run "$work/fuzz.yaml" --results "$work/fuzz-results" --verbose > "$work/fuzz-run.log" 2>&1 && fail "the script finds nothing"
        grep -q '^  got       leaked: ' "$work/fuzz-run.log" || { cat "$work/fuzz-run.log"; fail "the script finds something else"; }
    }
    cmake -S "$source/fuzz/example" -B "$work/fuzz" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++ \
        -DCMAKE_C_FLAGS="$flags" -DENGINE= > /dev/null
    cmake --build "$work/fuzz" > "$work/fuzz.log" || { cat "$work/fuzz.log"; fail "does not build"; }
    check_target "$work/fuzz/fuzz_machine"
    if command -v clang++ > /dev/null && [ -z "$flags" ]; then
        cmake -S "$source/fuzz/example" -B "$work/fuzz-clang" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER=clang \
            -DCMAKE_CXX_COMPILER=clang++ > /dev/null
        cmake --build "$work/fuzz-clang" > "$work/fuzz.log" || { cat "$work/fuzz.log"; fail "does not build with libFuzzer"; }
        check_target "$work/fuzz-clang/fuzz_machine"
        # The engine finds it by itself, from the input that has no fault.
        cd "$work"
        "$work/fuzz-clang/fuzz_machine" -seed=1 -max_total_time=60 "$work/fuzz-data" > "$work/fuzz-run.log" 2>&1 && fail "libFuzzer does not find the leak"
        grep -q '^==hostfault== ERROR: leaked: ' "$work/fuzz-run.log" || { tail -30 "$work/fuzz-run.log"; fail "libFuzzer finds something else"; }
        "$work/fuzz-clang/fuzz_quota" -seed=1 -max_total_time=60 > "$work/fuzz-run.log" 2>&1 && fail "libFuzzer does not find the host's bug"
        grep -q '^==hostfault== ERROR: host: success with null' "$work/fuzz-run.log" || { tail -30 "$work/fuzz-run.log"; fail "libFuzzer finds something else in the host"; }
        "$work/fuzz-clang/fuzz_provider" -seed=1 -runs=20000 > "$work/fuzz-run.log" 2>&1 || { tail -30 "$work/fuzz-run.log"; fail "fuzz_provider fails"; }
    fi
    ;;
tool)
    [ -x "$prefix/bin/hostfault" ] || { echo "the tool was not built"; exit 1; }
    expect "$("$prefix/bin/hostfault" --version | cut -d' ' -f1)" "hostfault"
    # The manual is there, and no page names one that is not.
    manual=$(dirname "$(find "$prefix/share" -name sweep-a-program.md)")
    [ -f "$manual/words.c" ] || fail "the manual's program is not installed"
    [ -x "$manual/../examples/wide/shard" ] && [ -f "$manual/../examples/example/unittest/CMakeLists.txt" ] || fail "the manual's examples are not installed"
    grep -oh '([a-z-]*\.md)' "$manual"/*.md | tr -d '()' | sort -u | while read -r page; do [ -f "$manual/$page" ] || fail "there is no page $page"; done
    # The callers beside it are found from wherever it lies.
    for caller in "$prefix"/bin/hf-caller-*; do
        "$prefix/bin/hostfault" list callers | grep -q "^$(basename "$caller" | sed 's/hf-caller-//') " || fail "$(basename "$caller") is not found"
    done
    ;;
*) fail "no such part" ;;
esac
echo "install.$part: good"
