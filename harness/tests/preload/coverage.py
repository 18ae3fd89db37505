#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sweep --coverage: the counters of all points are whole, however each ends, and the tools of gcov and LLVM read them as they are.

usage: coverage.py BIN FOLDER    (BIN has hostfault, FOLDER is recreated)
"""
import json, os, re, shutil, subprocess, sys

BIN, FOLDER = sys.argv[1:3]
TOOL = os.path.join(BIN, "hostfault")
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "preload_coverage.c")
LINES = open(SOURCE).read().split("\n")
ONLY_REFUSED = {number for number, line in enumerate(LINES, 1) if line.endswith("// refused")}
assert ONLY_REFUSED, "no line of the program is marked"
checks = 0


def run(*words, cwd):
    return subprocess.run(words, capture_output=True, text=True, cwd=cwd, timeout=200)


def expect(holds, what, got=None):
    global checks
    checks += 1
    if not holds:
        print("FAILED", what)
        if got is not None:
            print(got.stdout[-3000:], got.stderr[-3000:])
        sys.exit(1)


def numbers(text):
    found = set()
    for one in text.split(", "):
        first, _, last = one.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def build(name, *compiler):
    folder = os.path.join(FOLDER, name)
    os.makedirs(folder)
    shutil.copy(SOURCE, os.path.join(folder, "kinds.c"))
    return folder if run(*compiler, "-g", "-O0", "-o", "kinds", "kinds.c", cwd=folder).returncode == 0 else None


def outcomes(folder, *options):
    got = run(TOOL, "sweep", "--json", "-q", *options, "--failures", "ENOMEM", "--", "./kinds", cwd=folder)
    expect(got.returncode == 1, "a sweep with findings", got)
    return json.loads(got.stdout)["outcomes"]


def swept(folder):
    got = run(TOOL, "sweep", "--coverage", "--failures", "ENOMEM", "--", "./kinds", cwd=folder)
    said = re.search(r"^.*kinds\.c +(\d+) +(\d+) +(\d+) +(\d+): ([-0-9, ]+)$", got.stdout, re.M)
    expect(got.returncode == 1 and said is not None, "it says what the sweep covers by file", got)
    lines, clean, points, more = (int(said.group(i)) for i in range(1, 5))
    only = numbers(said.group(5))
    expect(lines == points and clean + more == points and more == len(only), f"every line is covered: {said.group(0)}", got)
    expect(ONLY_REFUSED <= only, f"not {sorted(ONLY_REFUSED - only)}: {said.group(0)}")
    expect("clones" in got.stdout, "by clones", got)


def with_gcc():
    folder = build("gcc", "gcc", "--coverage")
    if folder is None or shutil.which("gcov") is None:
        print("not tried: gcc or gcov is not here")
        return
    swept(folder)
    with_it = outcomes(folder, "--coverage")
    plain = build("plain", "gcc")
    expect(outcomes(plain) == with_it, f"the outcomes are those without: {with_it}")
    got = run(TOOL, "sweep", "--coverage", "--", "./kinds", cwd=plain)
    expect(got.returncode == 2 and "./kinds wrote no coverage data: it must be built with" in got.stderr, "a program without counters", got)
    if shutil.which("gcovr") is None:
        print("not tried: gcovr")
        return
    got = run("gcovr", "-r", ".", "results/coverage/sweep", cwd=folder)
    expect(re.search(r"^kinds\.c +(\d+) +\1 +100%", got.stdout, re.M), "gcovr reads the data", got)


def with_clang():
    folder = build("clang", "clang", "-fprofile-instr-generate", "-fcoverage-mapping") if shutil.which("clang") is not None else None
    if folder is None or shutil.which("llvm-cov") is None or shutil.which("llvm-profdata") is None:
        print("not tried: clang or llvm-cov is not here")
        return
    swept(folder)
    got = run("llvm-cov", "report", "./kinds", "-instr-profile=results/coverage/sweep.profdata", cwd=folder)
    expect(re.search(r"^TOTAL +\d+ +0 +100\.00%", got.stdout, re.M), "llvm-cov reads the data", got)


shutil.rmtree(FOLDER, ignore_errors=True)
os.makedirs(FOLDER)
with_gcc()
with_clang()
print(f"preload.coverage: {checks} checks")
