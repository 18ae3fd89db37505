# Sourced by the scripts beside it: hf_install_packages KIND installs what scripts/packages lists for it and is missing, with apt, as root or by
# sudo. Kinds: run (to build the tool and its callers), test, check (scripts/test --all), bench, fuzz. Where apt cannot help it says what is missing
# and goes on with what is there; only a package that nothing can be built without is an error. hf_install_npm: what tests take from npm.

hf__missing_packages() {
    awk -v kinds="^($1)\$" '!/^#/ && NF == 2 && $2 ~ kinds { print $1 }' scripts/packages | while read -r package; do
        # npm also comes with a Node that is no package of Debian's, which Debian's npm would not go with.
        [ "$package" != npm ] || ! command -v npm > /dev/null || continue
        dpkg-query -W -f='${Status}' "$package" 2> /dev/null | grep -q 'ok installed' || echo "$package"
    done
}

# What scripts/packages-npm lists goes into out/npm, and nowhere else. Where the registry is out of reach, the tests that want it skip and say so.
hf_install_npm() {
    local wanted
    wanted=$(awk '!/^#/ && NF == 3 { print $1 "@" $2 }' scripts/packages-npm | xargs)
    [ "$(cat out/npm/installed 2> /dev/null)" != "$wanted" ] || return 0
    mkdir -p out/npm
    command -v npm > /dev/null || { echo "MISSING, and done without: npm, for $wanted" >&2; return 0; }
    echo "installing $wanted into out/npm" >&2
    # shellcheck disable=SC2086
    if npm install --prefix out/npm --no-save --no-audit --no-fund --ignore-scripts --loglevel=error $wanted > /dev/null; then
        echo "$wanted" > out/npm/installed
    else
        echo "MISSING, and done without: $wanted" >&2
    fi
}

hf_install_packages() {
    local wanted missing as_root='' package
    case ${1:-run} in
    run) wanted='build|callers' ;;
    test) wanted='build|callers|test' ;;
    check) wanted='build|callers|test|check' ;;
    bench) wanted='build|callers|bench' ;;
    fuzz) wanted='build|callers|check|fuzz' ;;
    *) echo "hf_install_packages: no kind $1" >&2; return 2 ;;
    esac
    if ! command -v dpkg-query > /dev/null; then
        echo "no dpkg here; install by hand what scripts/packages lists, by your system's names for it" >&2
        return 0
    fi
    missing=$(hf__missing_packages "$wanted" | xargs)
    [ -n "$missing" ] || return 0
    [ "$(id -u)" = 0 ] || as_root=sudo
    echo "installing $missing" >&2
    $as_root apt-get -qq update >&2 || echo "apt cannot reach its mirror" >&2
    # One by one where all at once fails: one package that cannot be had must not take the others with it.
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $missing > /dev/null ||
        for package in $missing; do
            $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$package" > /dev/null || true
        done
    missing=$(hf__missing_packages "$wanted" | xargs)
    [ -z "$missing" ] || echo "MISSING, and done without: $missing" >&2
    missing=$(hf__missing_packages build | xargs)
    [ -z "$missing" ] || { echo "cannot build without: $missing" >&2; return 1; }
}
