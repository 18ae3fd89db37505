#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Builds the part that goes into a program under test (HF_SHIM_ONLY) for other machines and C libraries, and tests it where this machine can run it.

usage: machines.py [NAME...]     names: aarch64 i686 musl; all of them if none is named
Exit status: 0 success, 1 something does not build or fails, 77 a compiler, qemu or the tool of the preset dev is missing.

The contract suite and the thread tests run unchanged: 32-bit x86 natively, 64-bit ARM with qemu-user. The callers of 64-bit ARM run with qemu-user under
this machine's tool, because a session has the same bytes on both. They test the specimens' verdicts and the expectations of the scenarios, but not rules
with `from`, because the tool sees the script that starts qemu and not the program; not the golden traces, because requests have the sizes of the machine's
own types; and not unit tests, because Criterion starts each one by exec, which qemu-user does not follow.
musl is only compiled: Debian's musl-gcc would link it with the unwinder that was built for glibc.
"""
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
TOOL = SOURCE / "out/dev/bin/hostfault"
PROGRAMS = (("harness/tests/threads/threads_shim",), ("harness/tests/threads/threads_host",), ("bin/contract_host", "bare"), ("bin/contract_host", "wrapped"))
# Name, compiler, Debian's package, what is built ([]: all of it), what runs its programs, the programs, whether the tool runs its callers.
MACHINES = (
    ("aarch64", "aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu", [], ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"], PROGRAMS, True),
    ("i686", "i686-linux-gnu-gcc", "gcc-i686-linux-gnu", [], ["/usr/i686-linux-gnu/lib/ld-linux.so.2", "--library-path", "/usr/i686-linux-gnu/lib"], PROGRAMS, False),
    ("musl", "musl-gcc", "musl-tools", ["hostfault_shim", "hostfault_test"], [], (), False),
)
SCENARIOS_FLOOR, SPECIMENS_FLOOR = 45, 57
# Specimens whose verdict needs what is not to be had there.
NOT_THERE = {
    "commits-on": "as crashes-elsewhere: without the address of the access it cannot be told from a crash that has nothing to do with the refused pages",
    "crashes-elsewhere": "qemu-user ends itself by the signal of its program, and the address of the access is lost: it could be the one that was refused",
    "handles-its-crash": "what the kernel leaves of a trap for a handler is read on 64-bit x86 alone (os_stack_posix.c): an exit from a handler is told as exited",
}


def run(command, folder):
    done = subprocess.run([str(word) for word in command], cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    return [] if done.returncode == 0 else [f"{' '.join(map(str, command))}: status {done.returncode}\n{(done.stdout + done.stderr)[-3000:]}"]


def start_by_scripts(folder, runner):
    """A folder with a script for each caller, which the tool can start."""
    scripts = folder / "callers"
    shutil.rmtree(scripts, ignore_errors=True)
    scripts.mkdir()
    for program in (folder / "bin").glob("hf-caller-*"):
        words = " ".join(f"'{word}'" for word in (*runner, program))
        (scripts / program.name).write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
        (scripts / program.name).chmod(0o755)
    return scripts


def clr_scenarios():
    for path in sorted((SOURCE / "scenarios").glob("*/*.yaml")):
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.parent.name != "invalid" and re.search(r"(?m)^caller: *clr\b", text) and not re.search(r"\b(not-)?from:|\bsite:", text):
            yield path


def specimen_documents():
    rows = re.findall(r'^HF_SPECIMEN\("([^"]+)", "([^"]+)", (\w+), (\w+),', (SOURCE / "harness/tests/specimens/specimens.def").read_text(encoding="utf-8"), re.M)
    for number, (name, fault, outcome, response) in enumerate(rows):
        if name in NOT_THERE or "from:" in fault:
            continue
        expect = f"outcome: {outcome.lower()}" + ("" if response == "NONE" else f", response: {response.lower().replace('_', '-')}")
        yield f"name: {name}-{number}\ncaller: specimen-{name}\ntimeout: {'3s' if outcome == 'HUNG' else '20s'}\nfaults:\n  - {{ {fault} }}\nexpect: {{ {expect} }}\n"


def check_callers(folder, runner):
    scripts, specimens = start_by_scripts(folder, runner), folder / "specimens.yaml"
    documents, scenarios = list(specimen_documents()), list(clr_scenarios())
    specimens.write_text("---\n".join(documents), encoding="utf-8")
    shutil.rmtree(folder / "results", ignore_errors=True)
    problems = run([TOOL, "run", "--callers", scripts, "--results", folder / "results", "--quiet", specimens, *scenarios], SOURCE)
    print(f"{folder.name}: {len(documents)} specimens, {len(scenarios)} scenarios under the tool of this machine; left out: {', '.join(NOT_THERE)}")
    if len(documents) < SPECIMENS_FLOOR or len(scenarios) < SCENARIOS_FLOOR:
        problems.append(f"only {len(documents)} specimens and {len(scenarios)} scenarios; the floors are {SPECIMENS_FLOOR} and {SCENARIOS_FLOOR}")
    return problems


def check(name, compiler, targets, runner, programs, has_callers):
    folder = SOURCE / "out/machines" / name
    folder.mkdir(parents=True, exist_ok=True)
    options = ["-G", "Ninja", f"-DCMAKE_C_COMPILER={compiler}", "-DHF_SHIM_ONLY=ON", "-DHF_DEVELOPER_MODE=ON", "-DCMAKE_BUILD_TYPE=Debug",
               "-DCMAKE_C_FLAGS_DEBUG=-O1", "-DCMAKE_COMPILE_WARNING_AS_ERROR=OFF"]
    problems = run(["cmake", "-S", SOURCE, "-B", folder, *options], SOURCE)
    problems = problems or run(["cmake", "--build", folder, *(["--target", *targets] if targets else [])], SOURCE)
    for program in programs if not problems else ():
        problems += run([*runner, *program], folder)
    return problems + (check_callers(folder, runner) if has_callers and not problems and TOOL.exists() else [])


def absent_for(compiler, package, runner, has_callers):
    needed = [(compiler, package)] + [(word, "qemu-user-static") for word in runner[:1] if word.startswith("qemu")]
    absent = [f"no {word} here (Debian's package {by})" for word, by in needed if not shutil.which(word)]
    return absent, [f"no {TOOL.relative_to(SOURCE)} to run its callers (preset dev)"] if has_callers and not absent and not TOOL.exists() else []


def main():
    wanted = sys.argv[1:] or [row[0] for row in MACHINES]
    problems, missing = [], 0
    for name, compiler, package, targets, runner, programs, has_callers in MACHINES:
        if name not in wanted:
            continue
        absent, partly = absent_for(compiler, package, runner, has_callers)
        for why in absent + partly:
            print(f"SKIPPED: {name}: {why}")
        missing += len(absent) + len(partly)
        if absent:
            continue
        begun = time.monotonic()
        found = check(name, compiler, targets, runner, programs, has_callers)
        print(f"{name}: {'good' if not found else 'FAILED'}, {len(programs)} programs run ({time.monotonic() - begun:.0f} s)", flush=True)
        problems += found
    for problem in problems:
        print("FAILED", problem)
    return 1 if problems else 77 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
