#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Tests the HTML report in Chromium. usage: page.sh BIN WORK_FOLDER [figures]. Exit status 77: a part that only Debian's packages provide is missing.
set -uo pipefail
bin=$1 work=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
skip() { echo "SKIPPED: no $1 here (Debian packages chromium, chromium-driver, python3-selenium)"; exit 77; }

command -v chromium > /dev/null || skip chromium
command -v chromedriver > /dev/null || skip chromedriver
for python in python3 /usr/bin/python3; do
    "$python" -c 'import selenium' 2> /dev/null && break
    python=
done
[ -n "$python" ] || skip python3-selenium

rm -rf "$work"
mkdir -p "$work"
cd "$work" || exit 3
export PATH="$bin:$PATH" NO_COLOR=1 PYTHONPATH="$here/../support"
unset HF_CALLER_PATH HF_SESSION
exec "$python" -B "$here/page.py" "$work" "$@"
