#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the PDB reader with llvm-pdbutil, on a program that clang and lld-link make as Microsoft's compiler and linker would, and on damaged files.

usage: pdb_against_llvm.py PDB_PRINT FOLDER
Exit status: 0 both read the same, 1 they differ, 77 clang, lld-link or llvm-pdbutil is missing.
"""
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
NEEDED = ("clang", "lld-link", "llvm-dlltool", "llvm-pdbutil")
TARGET = ["clang", "--target=x86_64-pc-windows-msvc", "-ffreestanding", "-nostdinc", "-O1", "-g", "-gcodeview", "-Wall", "-Wextra", "-Werror"]
FUNCTIONS_FLOOR, LINES_FLOOR = 7, 20
DAMAGED = 300


def output_of(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def build(folder, name="sample"):
    """NAME.exe and NAME.pdb in the folder."""
    (folder / "kernel32.def").write_text("LIBRARY kernel32.dll\nEXPORTS\nVirtualAlloc\nVirtualFree\nExitProcess\n", encoding="ascii")
    output_of(["llvm-dlltool", "-m", "i386:x86-64", "-d", folder / "kernel32.def", "-l", folder / "kernel32.lib"])
    output_of([*TARGET, "-c", HERE / "sample.cpp", "-o", folder / f"{name}.obj"])
    output_of(["lld-link", "/subsystem:console", "/entry:start", "/nodefaultlib", "/debug", f"/out:{folder / name}.exe", folder / f"{name}.obj", folder / "kernel32.lib"])


def dump(pdb, *what):
    return output_of(["llvm-pdbutil", "dump", *what, pdb])


def section_bases(pdb):
    return [int(address, 16) for address in re.findall(r"([0-9A-F]+) virtual address", dump(pdb, "--section-headers"))]


def wanted_functions(pdb, bases):
    """(offset, size, name) of procedures, and (offset, name) of public functions."""
    procedures = re.findall(r"S_[GL]PROC32 \[size = \d+\] `(.*)`\n.*addr = (\d+):(\d+), code size = (\d+)", dump(pdb, "--symbols"))
    publics = re.findall(r"S_PUB32 \[size = \d+\] `(.*)`\n +flags = function, addr = (\d+):(\d+)", dump(pdb, "--publics"))
    return (
        [(bases[int(section) - 1] + int(offset), int(size), name) for name, section, offset, size in procedures],
        [(bases[int(section) - 1] + int(offset), name) for name, section, offset in publics],
    )


def wanted_lines(pdb, bases):
    """(offset, file, line): what begins a line."""
    found, file, base = [], None, 0
    for text in dump(pdb, "-l", "--modi=0").splitlines():
        begins, section = re.match(r"(\S.*) \((?:MD5|SHA)", text), re.match(r"  (\d{4}):", text)
        if begins:
            file = begins.group(1)
        elif section:
            base = bases[int(section.group(1)) - 1]
        elif file is not None:
            found += [(base + int(offset, 16), file, int(line)) for line, offset in re.findall(r"(\d+) ([0-9A-F]{8})", text)]
    return found


def check_functions(pdb, printed):
    ours = {int(low, 16): (int(high, 16), name) for low, high, name in re.findall(r"^function (\S+) (\S+) (.*)$", printed, re.M)}
    procedures, publics = wanted_functions(pdb, section_bases(pdb))
    problems = [f"{name}: {ours.get(low)}" for low, size, name in procedures if ours.get(low) != (low + size, name)]
    problems += [f"public {name} is not known at {low:#x}" for low, name in publics if low not in ours]
    if len(procedures) < FUNCTIONS_FLOOR:
        problems.append(f"only {len(procedures)} procedures; the floor is {FUNCTIONS_FLOOR}")
    print(f"pdb: {len(procedures)} procedures, {len(publics)} public functions")
    return problems


def check_lines(pdb, program):
    wanted = wanted_lines(pdb, section_bases(pdb))
    printed = output_of([program, pdb, *(hex(offset) for offset, _, _ in wanted)])
    ours = re.findall(r"^line (\S+) (.*):(\d+)$", printed, re.M)
    theirs = [(hex(offset), file, str(line)) for offset, file, line in wanted]
    print(f"pdb: {len(theirs)} lines")
    problems = [f"line: {one}, expected {other}" for one, other in zip(ours, theirs) if one != other]
    return problems + ([] if len(ours) == len(theirs) >= LINES_FLOOR else [f"{len(ours)} lines, expected {len(theirs)}"])


def check_key(pdb, printed):
    told = dump(pdb, "--summary")
    guid, age = re.search(r"GUID: \{(\S+)\}", told).group(1), re.search(r"Age: (\d+)", told).group(1)
    a, b, c, d, e = guid.split("-")
    raw = bytes.fromhex(a)[::-1] + bytes.fromhex(b)[::-1] + bytes.fromhex(c)[::-1] + bytes.fromhex(d + e)
    return [] if f"key {raw.hex().upper()} {age}\n" in printed else [f"the key is not {guid} {age}:\n{printed[:80]}"]


def check_damaged(pdb, program, folder):
    """Cut short and with bytes changed: read as far as it goes, or refused in words."""
    whole, draw, problems = pdb.read_bytes(), random.Random(20), []
    damaged = folder / "damaged.pdb"
    for number in range(DAMAGED):
        bytes_ = bytearray(whole[: draw.randrange(len(whole))] if number % 3 == 0 else whole)
        for _ in range(draw.randrange(1, 20)):
            bytes_[draw.randrange(len(bytes_))] = draw.choice((0, 0xFF, 0x7F, draw.randrange(256)))
        damaged.write_bytes(bytes_)
        done = subprocess.run([program, damaged, "0x1000"], capture_output=True, text=True, errors="replace", timeout=60, check=False)
        if done.returncode not in (0, 1) or (done.returncode == 1) != bool(done.stderr):
            problems.append(f"damaged file {number}: status {done.returncode}\n{done.stderr}")
    print(f"pdb: {DAMAGED} damaged files")
    return problems


def main():
    program, folder = sys.argv[1], Path(sys.argv[2])
    for name in NEEDED:
        if not shutil.which(name):
            print(f"SKIPPED: pdb: no {name} here (Debian's packages clang, lld, llvm)")
            return 77
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    build(folder)
    pdb = folder / "sample.pdb"
    printed = output_of([program, pdb])
    problems = check_functions(pdb, printed) + check_lines(pdb, program) + check_key(pdb, printed) + check_damaged(pdb, program, folder)
    for problem in problems:
        print("FAILED", problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
