#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Tests the scripts of scripts/. usage: scripts.sh options|reader|packages SOURCE_FOLDER WORK_FOLDER
# Builds and installs nothing: programs that would do so are replaced by ones that record their calls.
set -euo pipefail
part=$1 source=$2 work=$3
rm -rf "$work"
mkdir -p "$work/bin"
cd "$work"
checks=0

check() { # check WHAT COMMAND...
    local what=$1
    shift
    "$@" || { echo "scripts.$part: FAILED: $what" >&2; exit 1; }
    checks=$((checks + 1))
}
says() { grep -qE -- "$1" said; }
note() { # note PROGRAM [LINE...]: a program that notes that it was called, and does the lines
    local program=$1
    shift
    printf '%s\n' '#!/bin/bash' "echo \"$program \$*\" >> '$work/called'" "$@" > "bin/$program"
    chmod +x "bin/$program"
}
# Runs a command, keeps what it says in `said`, and is true if it ends with the status.
ends() {
    local wanted=$1 status=0
    shift
    : > called
    PATH="$work/bin:$PATH" "$@" > said 2>&1 < /dev/null || status=$?
    [ "$status" -eq "$wanted" ] || { echo "exit status $status, not $wanted:"; cat said; return 1; } >&2
}

case $part in
options)
    for program in apt-get sudo npm cmake ctest ninja clang-format; do note $program 'exit 1'; done
    count=0
    for script in "$source"/scripts/*; do
        name=scripts/$(basename "$script")
        [ -x "$script" ] && [ -f "$script" ] || continue
        check "$name --help ends well" ends 0 "$script" --help
        check "$name --help shows its usage" says "^usage: $name"
        check "$name --help says how long it takes" says '^How long: .'
        check "$name --help does nothing" [ ! -s called ]
        check "$name -h is the same" ends 0 "$script" -h
        count=$((count + 1))
        [ "$name" != scripts/agree ] || continue # its options are those of hostfault sweep, which refuses them
        check "$name refuses an unknown option" ends 2 "$script" --no-such-option
        check "$name says which" says "^$name: no option '--no-such-option'"
        check "$name does nothing with it" [ ! -s called ]
        check "$name refuses a misspelt --help" ends 2 "$script" --hlep
        check "$name says what was meant" says "did you mean '--help'"
    done
    check "there are scripts" [ "$count" -ge 10 ]
    check "--lsit is refused" ends 2 "$source/scripts/test" --lsit
    check "--lsit meant --list" says "did you mean '--list'"
    check "arguments are refused where none are taken" ends 2 "$source/scripts/findings" now
    check "two of --all, --asan, --tidy are refused" ends 2 "$source/scripts/test" --all --asan
    check "an unknown part of bench is refused" ends 2 "$source/scripts/bench" cals
    check "and the nearest is named" says "did you mean 'calls'"
    check "an unknown verb of fuzz is refused" ends 2 "$source/scripts/fuzz" biuld
    check "and the nearest verb is named" says "did you mean 'build'"
    check "an option of the tool is none of the script's own" ends 2 "$source/scripts/run" --calller clr
    check "and the nearest is named" says "did you mean '--caller'"
    ;;
reader)
    cat > script << END
#!/usr/bin/env bash
source '$source/scripts/options.sh'
hf_script 'What it does.' '[options] [WORD...]' 'a second'
hf_option --flag '' 'a flag'
hf_option --value N 'a value'
hf_takes \$HF_TAKES
hf_read "\$@"
echo "flag=\${hf_given[--flag]:-} value=\${hf_given[--value]:-} rest=\${hf_rest[*]}"
END
    chmod +x script
    read_line() { # read_line TAKES STATUS WHAT_IT_SAYS ARGUMENTS...
        export HF_TAKES=$1
        check "'${*:4}' ends with $2" ends "$2" ./script "${@:4}"
        check "'${*:4}' says '$3'" says "$3"
    }
    read_line none 0 '^flag= value= rest=$'
    read_line none 0 '^flag=1 value=3 rest=$' --flag --value 3
    read_line none 0 '^flag= value=a=b rest=$' --value=a=b
    read_line none 2 "takes a value: --value N" --value
    read_line none 2 "takes no value" --flag=1
    read_line none 2 "no option '--flga'; did you mean '--flag'" --flga
    read_line none 2 "no option '--valeu=3'|no option '--valeu'" --valeu=3
    read_line none 2 "no option '-x'" -x
    read_line none 2 "takes no argument: 'word'" word
    read_line none 2 "takes no argument: '--'" --
    read_line 'words one two' 0 'rest=one two$' one two
    read_line 'words one two' 2 "takes no 'oen'; did you mean 'one'" oen
    read_line any 0 'rest=a -- --b$' a -- --b
    read_line any 2 "no option '--b'" a --b
    read_line 'others --theirs -t' 0 'rest=--theirs x -t$' --theirs x -t
    read_line 'others --theirs -t' 0 'rest=--theirs=x$' --theirs=x
    read_line 'others --theirs -t' 2 "no option '--thiers'; did you mean '--theirs'" --thiers
    read_line 'verb run stop' 0 'flag=1 value= rest=run --anything x$' --flag run --anything x
    read_line 'verb run stop' 2 "takes no 'rnu'; did you mean 'run'" rnu
    read_line none 0 '^  --value N +a value$' --help
    ;;
packages)
    mkdir -p tree/scripts tree/out
    cp "$source"/scripts/packages.sh tree/scripts/
    printf '%s\n' 'here build' 'needed build' 'wanted test' 'browser page' > tree/scripts/packages
    echo 'a-package 1.2.3 a-reason' > tree/scripts/packages-npm
    note dpkg-query '[ "${*: -1}" = here ] && echo "install ok installed"; [ ! -e installed ] || { [ "${*: -1}" = browser ] || echo "install ok installed"; }'
    note sudo 'while [[ $1 = -* || $1 = *=* || $1 = env ]]; do shift; done; exec "$@"'
    note apt-get 'if [[ $* = *assume-no* ]]; then echo "Need to get 5 MB of archives."; echo "After this operation, 9 MB of additional disk space will be used."; exit 1; fi' '[[ $* != *" install "* ]] || touch installed'
    install() { (cd tree && bash -c "source scripts/packages.sh; hf__npm_seconds=1 hf__apt_seconds=1; $1; status=\$?; printf 'left out: %s\n' \"\${hf_missing[@]}\"; exit \$status"); }
    check "what is missing is installed" ends 0 install 'hf_install_packages test'
    check "it says what, and how much, before" says '^installing with apt \(5 MB to fetch, 9 MB on disk\): needed wanted$'
    check "it does not ask for what is there" bash -c '! grep -q "install.* here" called'
    check "nothing is left out" says '^left out: $'
    rm tree/installed
    check "without installing, a package that nothing is built without is an error" ends 1 env HF_NO_INSTALL=1 bash -c "$(declare -f install); install 'hf_install_packages test'"
    check "it is named" says '^cannot build without: needed$'
    check "apt was not called" bash -c '! grep -q apt-get called'
    note apt-get 'sleep 60'
    start=$SECONDS
    check "an apt that hangs is given up" ends 1 install 'hf_install_packages test'
    check "and what is missing is told at the end" says '^left out: Debian packages: needed wanted$'
    note apt-get 'echo "E: Failed to fetch: Temporary failure resolving" >&2; exit 100'
    check "an apt without a network is given up" ends 1 install 'hf_install_packages test'
    check "the reason is apt's own, in a line" says '^apt cannot install needed wanted: E: Failed to fetch: Temporary failure resolving '
    check "it is not asked for each package then" [ "$(grep -c '^apt-get' called)" = 1 ]
    note npm 'sleep 60'
    check "an npm that hangs is given up" ends 0 install hf_install_npm
    check "and told at the end" says '^left out: from npm: a-package@1.2.3 \(no answer in 1 s\)$'
    note npm 'echo "npm ERR! code ENOTFOUND" >&2; exit 1'
    check "an npm that cannot reach its registry is no error" ends 0 install hf_install_npm
    check "the reason is npm's own" says 'a-package@1.2.3 \(ENOTFOUND\)$'
    note npm
    check "what npm brings is noted" ends 0 install hf_install_npm
    check "and it is not brought twice" ends 0 install hf_install_npm
    check "npm was not called again" bash -c '! grep -q npm called'
    ;;
*) echo "usage: scripts.sh options|reader|packages SOURCE_FOLDER WORK_FOLDER" >&2; exit 2 ;;
esac
echo "scripts.$part: $checks checks passed"
