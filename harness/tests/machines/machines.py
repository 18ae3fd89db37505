#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What goes into a program under test (HF_SHIM_ONLY), built for other machines and C libraries, and tried where that can be done here.

usage: machines.py [NAME...]     names: aarch64 i686 musl; all of them if none is named
Exit status: 0 all good, 1 something does not build or fails, 77 a compiler is not here.

aarch64 runs by qemu-user. The contract suite is not run there: 66 of its 142 clauses fail under qemu-user, and nobody has looked into
whether that is qemu's emulation of access checks or the shim. Of 32-bit x86 it keeps 140 of 142 clauses; two take 2 GiB to be more than there is.
musl is compiled alone: Debian's musl-gcc would link it with the unwinder that was built for glibc.
"""
import shutil
import subprocess
import sys
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
# Name, compiler, Debian's package, what is built ([]: all of it), what runs its programs, the programs.
MACHINES = (
    ("aarch64", "aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu", [], ["qemu-aarch64-static", "-L", "/usr/aarch64-linux-gnu"], (("harness/tests/threads/threads_shim",),)),
    ("i686", "i686-linux-gnu-gcc", "gcc-i686-linux-gnu", [], ["/usr/i686-linux-gnu/lib/ld-linux.so.2", "--library-path", "/usr/i686-linux-gnu/lib"],
     (("harness/tests/threads/threads_shim",),)),
    ("musl", "musl-gcc", "musl-tools", ["hostfault_shim", "hostfault_test"], [], ()),
)


def run(command, folder):
    done = subprocess.run([str(word) for word in command], cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    return [] if done.returncode == 0 else [f"{' '.join(map(str, command))}: status {done.returncode}\n{(done.stdout + done.stderr)[-3000:]}"]


def check(name, compiler, targets, runner, programs):
    folder = SOURCE / "out/machines" / name
    folder.mkdir(parents=True, exist_ok=True)
    options = ["-G", "Ninja", f"-DCMAKE_C_COMPILER={compiler}", "-DHF_SHIM_ONLY=ON", "-DHF_DEVELOPER_MODE=ON", "-DCMAKE_BUILD_TYPE=Debug",
               "-DCMAKE_C_FLAGS_DEBUG=-O1", "-DCMAKE_COMPILE_WARNING_AS_ERROR=OFF"]
    problems = run(["cmake", "-S", SOURCE, "-B", folder, *options], SOURCE)
    problems = problems or run(["cmake", "--build", folder, *(["--target", *targets] if targets else [])], SOURCE)
    for program in programs if not problems else ():
        problems += run([*runner, *program], folder)
    return problems


def main():
    wanted = sys.argv[1:] or [row[0] for row in MACHINES]
    problems, missing = [], 0
    for name, compiler, package, targets, runner, programs in MACHINES:
        if name not in wanted:
            continue
        needed = [(compiler, package)] + [(word, "qemu-user-static") for word in runner[:1] if word.startswith("qemu")]
        absent = [(word, by) for word, by in needed if not shutil.which(word)]
        for word, by in absent:
            print(f"SKIPPED: {name}: no {word} here (Debian's package {by})")
        missing += len(absent)
        if absent:
            continue
        begun = time.monotonic()
        found = check(name, compiler, targets, runner, programs)
        print(f"{name}: {'good' if not found else 'FAILED'}, {len(programs)} programs run ({time.monotonic() - begun:.0f} s)", flush=True)
        problems += found
    for problem in problems:
        print("FAILED", problem)
    return 1 if problems else 77 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
