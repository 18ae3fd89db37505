# SPDX-License-Identifier: MIT
# Sourced by the scripts beside it: hf_install_packages KIND installs the missing packages that scripts/packages lists for KIND, with apt, as root or
# through sudo. Kinds: run (the tool and its callers), test, all (scripts/test --all), bench, fuzz, screenshot. It first says what it will install; with
# HF_NO_INSTALL=1 it installs nothing. If apt cannot help, it says what is missing and continues with what is installed; only a package that every build
# needs is an error. hf_install_npm installs what tests take from npm. Nothing here waits for a network longer than its time limit.
# hf_missing holds the packages that are missing, for the end of a script's output.

declare -a hf_missing=()
hf__apt_seconds=900 hf__npm_seconds=120

hf__missing_packages() {
    awk -v kinds="^($1)\$" '!/^#/ && NF == 2 && $2 ~ kinds { print $1 }' scripts/packages | while read -r package; do
        # npm also comes with a Node that is not a Debian package; Debian's npm would conflict with it.
        [ "$package" != npm ] || ! command -v npm > /dev/null || continue
        dpkg-query -W -f='${Status}' "$package" 2> /dev/null | grep -q 'ok installed' || echo "$package"
    done
}

hf__do_without() { # hf__do_without WHAT...: prints it now, and again at the end
    hf_missing+=("$*")
    echo "MISSING, continuing without it: $*" >&2
}

# Installs the packages of scripts/packages-npm into out/npm, and nowhere else. If the registry is out of reach, the tests that need them skip and say so.
hf_install_npm() {
    local wanted
    wanted=$(awk '!/^#/ && NF == 3 { print $1 "@" $2 }' scripts/packages-npm | xargs)
    [ "$(cat out/npm/installed 2> /dev/null)" != "$wanted" ] || return 0
    if [ -n "${HF_NO_INSTALL:-}" ]; then hf__do_without "from npm: $wanted"; return 0; fi
    command -v npm > /dev/null || { hf__do_without "npm, and from it $wanted"; return 0; }
    mkdir -p out/npm
    echo "installing from npm into out/npm: $wanted" >&2
    # shellcheck disable=SC2086
    if timeout "$hf__npm_seconds" npm install --prefix out/npm --no-save --no-audit --no-fund --ignore-scripts --loglevel=error --fetch-retries=0 \
        --fetch-timeout=30000 $wanted < /dev/null > /dev/null 2> out/npm/log; then
        echo "$wanted" > out/npm/installed
    else
        hf__do_without "from npm: $wanted ($(hf__why_npm))"
    fi
}

hf__why_npm() {
    local code
    code=$(sed -n 's/^npm \(ERR!\|error\) code //p' out/npm/log | head -1)
    echo "${code:-no answer in $hf__npm_seconds s}"
}

hf__kinds_of() {
    case $1 in
    run) echo 'build|callers' ;;
    test) echo 'build|callers|test' ;;
    all) echo 'build|callers|test|all|fuzz|page' ;;
    bench) echo 'build|callers|bench' ;;
    fuzz) echo 'build|callers|fuzz' ;;
    screenshot) echo 'build|callers|page' ;;
    *) echo "hf_install_packages: no kind $1" >&2; return 2 ;;
    esac
}

hf__apt() {
    local as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    [ -t 0 ] || [ ${#as_root[@]} -eq 0 ] || as_root=(sudo -n)
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive timeout "$hf__apt_seconds" apt-get -qq -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 \
        -o Acquire::Retries=1 -o APT::Update::Error-Mode=any -o DPkg::Lock::Timeout=300 "$@" < /dev/null >> out/apt.log 2>&1
}

# Prints what apt will download and the space it needs, in apt's own words.
hf__announce() {
    local size
    size=$(timeout "$hf__apt_seconds" apt-get install --assume-no --no-install-recommends "$@" 2> /dev/null | sed -nE 's/^Need to get (.*) of archives.*/\1 to fetch/p; s/^After this operation, (.*) of additional.*/\1 on disk/p' | paste -sd, | sed 's/,/, /')
    echo "installing with apt${size:+ ($size)}: $*" >&2
}

# Prints apt's last error; out/apt.log has the whole output.
hf__why_apt() { grep -E '^E: |sudo: ' out/apt.log | tail -1 | grep . || echo "no answer in $hf__apt_seconds s"; }

hf__install() { # hf__install PACKAGE...: all at once; if that fails, one by one, so that one unavailable package does not block the others
    local package
    mkdir -p out && : > out/apt.log
    # Update the lists first: a new image has none, and old lists name versions that no longer exist.
    if ! hf__apt update; then
        echo "apt cannot install $*: $(hf__why_apt) (full log: out/apt.log)" >&2
        return
    fi
    hf__announce "$@"
    hf__apt install -y --no-install-recommends "$@" && return
    echo "apt cannot install all of them: $(hf__why_apt) (full log: out/apt.log); trying one by one" >&2
    for package; do hf__apt install -y --no-install-recommends "$package" || true; done
}

hf_install_packages() {
    local wanted missing
    wanted=$(hf__kinds_of "$1") || return
    if ! command -v dpkg-query > /dev/null; then
        echo "this system has no dpkg; install the packages of scripts/packages by hand, under your system's names for them" >&2
        return 0
    fi
    missing=$(hf__missing_packages "$wanted" | xargs)
    [ -n "$missing" ] || return 0
    if [ -n "${HF_NO_INSTALL:-}" ]; then
        :
    elif [ "$(id -u)" != 0 ] && ! command -v sudo > /dev/null; then
        echo "not root, and no sudo here. As root: apt-get install --no-install-recommends $missing" >&2
    else
        # shellcheck disable=SC2086
        hf__install $missing
    fi
    missing=$(hf__missing_packages "$wanted" | xargs)
    [ -z "$missing" ] || hf__do_without "Debian packages: $missing"
    missing=$(hf__missing_packages build | xargs)
    [ -z "$missing" ] || { echo "cannot build without: $missing" >&2; return 1; }
}
