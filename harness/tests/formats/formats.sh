#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Checks one of the formats that other programs read. usage: formats.sh json|order|junit|jenkins|sarif|gitlab|svg|png|trace|github BIN WORK_FOLDER. Exit status 77: the checker is missing.
set -uo pipefail
part=$1 bin=$2 work=$3
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
npm=$root/out/npm/node_modules
skip() { echo "SKIPPED: no $1 here ($2)"; exit 77; }

modules=sys
case $part in
json) modules=jsonschema ;;
junit) command -v xmllint > /dev/null || skip xmllint 'Debian: libxml2-utils' ;;
jenkins)
    command -v xmllint > /dev/null || skip xmllint 'Debian: libxml2-utils'
    ls "$root"/out/junit-schema/*/junit-10.xsd > /dev/null 2>&1 || skip "junit-10.xsd of Jenkins" 'scripts/junit-schema puts it into out/junit-schema, and scripts/test --all runs that'
    ;;
sarif)
    modules=jsonschema
    [ -e "$npm/@microsoft/sarif-multitool-linux" ] || skip 'sarif-multitool' 'scripts/test --all puts it into out/npm, from the npm registry'
    [ -e "$npm/@microsoft/jest-sarif" ] || skip 'official schema of SARIF' 'scripts/test --all puts it into out/npm, from the npm registry'
    ;;
png) command -v rsvg-convert > /dev/null || skip rsvg-convert 'Debian: librsvg2-bin' ;;
trace)
    modules=selenium
    [ -e "$npm/speedscope" ] || skip speedscope 'scripts/test --all puts it into out/npm, from the npm registry'
    command -v chromium > /dev/null && command -v chromedriver > /dev/null || skip chromium 'Debian: chromium chromium-driver'
    ;;
esac
for python in python3 /usr/bin/python3; do
    "$python" -c "import $modules" 2> /dev/null && break
    python=
done
[ -n "$python" ] || skip "python3-$modules" 'a Debian package'

rm -rf "$work"
mkdir -p "$work"
cd "$root" || exit 3
export PATH="$bin:$PATH" NO_COLOR=1 PYTHONPATH="$here/../support"
unset HF_CALLER_PATH HF_SESSION GITHUB_ACTIONS GITHUB_STEP_SUMMARY
exec "$python" -B "$here/formats.py" "$part" "$work"
