# SPDX-License-Identifier: MIT
# Sourced by the scripts beside it: parses their options. A script describes itself, declares its options, and reads its command line:
#
#     hf_script 'Builds and tests.' '[options]' 'six minutes'   what it does, what follows its name, how long it takes
#     hf_option --seconds N 'how long'                          an option with a value; '' for N: one without
#     hf_takes words calls forks                                which arguments it takes: none, words WORD..., verb WORD... (and what follows it, unread), any,
#                                                               others OPTION... (any, and these options of another program)
#     hf_read "$@"
#
# Then ${hf_given[--seconds]} is the value (1 for an option without a value), and hf_rest has the arguments. An unknown option or word is rejected with exit
# status 2 and the nearest word, before the script does anything. --help prints the page and exits.

declare -A hf_given=() hf__value_of=()
declare -a hf_rest=() hf__options=() hf__helps=() hf__words=()
hf__kind=none hf__about='' hf__usage='' hf__time=''

hf_script() { hf__about=$1 hf__usage=$2 hf__time=$3; }
hf_option() { hf__options+=("$1") hf__value_of[$1]=$2 hf__helps+=("$3"); }
hf_takes() { hf__kind=$1; shift; hf__words=("$@"); }

hf__name() { echo "scripts/$(basename "$0")"; }

hf__help() {
    local i
    printf 'usage: %s %s\n\n%s\nHow long: %s.\n\noptions:\n' "$(hf__name)" "$hf__usage" "$hf__about" "$hf__time"
    for i in "${!hf__options[@]}"; do
        printf '  %-20s %s\n' "${hf__options[i]}${hf__value_of[${hf__options[i]}]:+ ${hf__value_of[${hf__options[i]}]}}" "${hf__helps[i]}"
    done
    printf '  %-20s %s\n' '--help, -h' 'print this page'
}

# The edit distance of two words: insertions, deletions, changes, and swaps of adjacent letters.
hf__distance() {
    local a=$1 b=$2 i j cost best before=() row=() next=()
    for ((j = 0; j <= ${#b}; j++)); do row[j]=$j; done
    for ((i = 1; i <= ${#a}; i++)); do
        next=("$i")
        for ((j = 1; j <= ${#b}; j++)); do
            cost=1
            [ "${a:i-1:1}" != "${b:j-1:1}" ] || cost=0
            best=$((row[j - 1] + cost))
            ((row[j] + 1 < best)) && best=$((row[j] + 1))
            ((next[j - 1] + 1 < best)) && best=$((next[j - 1] + 1))
            if ((i > 1 && j > 1)) && [ "${a:i-1:1}${a:i-2:1}" = "${b:j-2:1}${b:j-1:1}" ]; then
                ((before[j - 2] + 1 < best)) && best=$((before[j - 2] + 1))
            fi
            next[j]=$best
        done
        before=("${row[@]}") row=("${next[@]}")
    done
    echo "${row[${#b}]}"
}

# hf__nearest WORD CANDIDATE...: prints the candidate that the user probably meant by WORD, or nothing.
hf__nearest() {
    local word=$1 candidate distance least=3 nearest=
    shift
    for candidate; do
        distance=$(hf__distance "$word" "$candidate")
        if ((distance < least && distance < ${#word} - 1)); then least=$distance nearest=$candidate; fi
    done
    echo "$nearest"
}

# hf_refuse WHAT WORD CANDIDATE...: ends the script, because it must not act on a command line that it does not understand.
hf_refuse() {
    local what=$1 word=$2 nearest
    shift 2
    nearest=$(hf__nearest "$word" "$@")
    echo "$(hf__name): $what '$word'${nearest:+; did you mean '$nearest'?}" >&2
    echo "hint: $(hf__name) --help" >&2
    exit 2
}

hf__read_argument() {
    case $hf__kind in
    any) [[ $1 != -* ]] || hf_refuse 'no option' "$1" "${hf__options[@]}" --help ;;
    others) [[ $1 != -* ]] || [[ " ${hf__words[*]} " = *" ${1%%=*} "* ]] || hf_refuse 'no option' "$1" "${hf__options[@]}" --help "${hf__words[@]}" ;;
    words | verb)
        [[ $1 != -* ]] || hf_refuse 'no option' "$1" "${hf__options[@]}" --help
        [[ " ${hf__words[*]} " = *" $1 "* ]] || hf_refuse 'it takes no' "$1" "${hf__words[@]}"
        ;;
    *)
        [[ $1 != -* ]] || hf_refuse 'no option' "$1" "${hf__options[@]}" --help
        hf_refuse 'it takes no argument:' "$1" "${hf__options[@]}"
        ;;
    esac
    hf_rest+=("$1")
}

hf_read() {
    local name
    while [ $# -gt 0 ]; do
        name=${1%%=*}
        if [ "$1" = --help ] || [ "$1" = -h ]; then hf__help; exit 0; fi
        if [ "$1" = -- ]; then
            case $hf__kind in none | words | verb) hf_refuse 'it takes no argument:' "$1" ;; esac
            hf_rest+=("$@")
            return
        elif [ -z "${hf__value_of[$name]+known}" ]; then
            hf__read_argument "$1"
            [ "$hf__kind" != verb ] || { hf_rest=("$@"); [ "${2:-}" != --help ] || { hf__help; exit 0; }; return; }
        elif [ -z "${hf__value_of[$name]}" ]; then
            [ "$1" = "$name" ] || { echo "$(hf__name): $name takes no value" >&2; exit 2; }
            hf_given[$name]=1
        elif [ "$1" != "$name" ]; then
            hf_given[$name]=${1#*=}
        else
            [ $# -gt 1 ] || { echo "$(hf__name): $name takes a value: $name ${hf__value_of[$name]}" >&2; exit 2; }
            hf_given[$name]=$2
            shift
        fi
        shift
    done
}
