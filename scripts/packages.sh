# Sourced by the scripts beside it: hf_install_packages KIND installs what scripts/packages lists for it and is missing, with apt, as root or by
# sudo. Kinds: run (to build the tool and its callers), test, check (scripts/test --all), bench. Where apt cannot help it says what is missing
# and goes on with what is there; only a package that nothing can be built without is an error.

hf__missing_packages() {
    awk -v kinds="^($1)\$" '!/^#/ && NF == 2 && $2 ~ kinds { print $1 }' scripts/packages | while read -r package; do
        dpkg-query -W -f='${Status}' "$package" 2> /dev/null | grep -q 'ok installed' || echo "$package"
    done
}

hf_install_packages() {
    local wanted missing as_root='' package
    case ${1:-run} in
    run) wanted='build|callers' ;;
    test) wanted='build|callers|test' ;;
    check) wanted='build|callers|test|check' ;;
    bench) wanted='build|callers|bench' ;;
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
