#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The differential test: makes the same random calls on our host and, with mingw and Wine, on VirtualAlloc and its companions.

usage: differential.py NATIVE [--seed N] [--first SEQUENCE] [--sequences N] [--script FILE]

NATIVE is host_differ of the preset under test. This test builds the Windows one with the preset mingw. Sequences have 200 calls. If explained.tsv has no
row for a difference, the test shrinks it to a short script, prints that with both results, and ends with exit status 1. With --script, it runs only that
script on both sides. Exit status 77: Wine or mingw is missing.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True  # the tree stays as it is
sys.path.insert(0, str(HERE.parent / "support"))
import wine  # noqa: E402

PIECE = 500  # sequences in one run of both sides
STEPS = 200
ROW = ("name", "call", "before", "ours", "wine", "then", "reason", "authority")
LINE = ("at", "call", "before", "answer", "hash", "joined")


class Sides:
    """Both programs."""

    def __init__(self, native, folder):
        self.folder = Path(folder)
        self.native = [native]
        self.windows = wine.build("host_differ")

    def start(self, program, arguments):
        return wine.start(program + arguments, self.folder, self.folder / "stderr")

    def run(self, arguments):
        """The lines of both, as they are."""
        running = [self.start(self.native, ["ours.log", *arguments]), self.start(self.windows, ["wine.log", *arguments])]
        ended = [process.wait() for process in running]
        ours, other = ((self.folder / name).read_text(encoding="ascii").splitlines() for name in ("ours.log", "wine.log"))
        if ended != [0, 0]:
            said = (self.folder / "stderr").read_text(encoding="utf-8", errors="replace")
            print(f"ours ended with {ended[0]} after {ours[-1:]}, Wine's with {ended[1]} after {other[-1:]}\n{said}")
            sys.exit(1)
        return ours, other

    def run_script(self, calls, *more):
        (self.folder / "script").write_text("".join(call + "\n" for call in calls), encoding="ascii")
        return self.run(["script", "script", *more])


class Table:
    """explained.tsv"""

    def __init__(self, path):
        lines = [line for line in path.read_text(encoding="ascii").splitlines() if line and not line.startswith("#")]
        self.rows = [dict(zip(ROW, line.split("\t"), strict=True)) for line in lines]
        self.uses = {row["name"]: 0 for row in self.rows}

    def explain(self, ours, theirs):
        """Of one call that both were asked: "same" or "ends" if a row says so, else None."""
        for row in self.rows:
            if not (re.search(row["call"], ours["call"]) and re.fullmatch(row["before"], ours["before"])):
                continue
            if re.fullmatch(row["ours"], ours["answer"]) and re.fullmatch(row["wine"], theirs["answer"]):
                agrees = ours["hash"] == theirs["hash"]
                if agrees or row["then"] != "same":
                    self.uses[row["name"]] += 1
                    return "same" if agrees and row["then"] != "stops" else "ends"
        return None


def compare(ours, theirs, table):
    """Both sides' lines. Gives the number of calls that were compared, and the first unexplained difference as a pair of lines, or None."""
    compared, ended = 0, None
    if len(ours) != len(theirs):
        return 0, (ours[-1], theirs[-1])
    for one, other in zip(ours, theirs):
        sequence = one.partition(".")[0]
        if sequence == ended:
            continue
        compared += 1
        if one == other and one.endswith("\t0"):
            continue
        a, b = (dict(zip(LINE, line.split("\t"), strict=True)) for line in (one, other))
        if a["joined"] != "0" or (a["at"], a["call"], a["before"]) != (b["at"], b["call"], b["before"]):
            return compared, (one, other)
        table.uses["reserved-in-pieces"] += b["joined"] != "0"
        if (a["answer"], a["hash"]) == (b["answer"], b["hash"]):
            continue
        then = table.explain(a, b)
        if then is None:
            return compared, (one, other)
        if then == "ends":
            ended = sequence
    return compared, None


def differs(sides, table, calls):
    return compare(*sides.run_script(calls), table)[1] is not None


def shrink(sides, table, calls):
    """Leaves out what the difference does not need: halves, quarters, single calls."""
    size = len(calls) // 2
    while size > 0:
        at = 0
        while at < len(calls):
            fewer = calls[:at] + calls[at + size :]
            if differs(sides, table, fewer):
                calls = fewer
            else:
                at += size
        size //= 2
    return calls


def tell(sides, calls, difference):
    print("UNEXPLAINED difference:\n  ours " + difference[0].replace("\t", "  ") + "\n  wine " + difference[1].replace("\t", "  "))
    print("script, one call a line (B is the base of the window, S1 a region that was put anywhere):")
    for call in calls:
        print("  " + call)
    sides.run_script(calls, "states")
    for name in ("ours", "wine"):
        lines = (sides.folder / f"{name}.log").read_text(encoding="ascii").splitlines()
        last = max(i for i, line in enumerate(lines) if "\t" in line)
        print(f"afterwards, {name}:\n" + "\n".join(lines[last:]))


def investigate(sides, table, ours, difference):
    sequence = difference[0].partition(".")[0]
    calls = [line.split("\t")[1] for line in ours if line.startswith(sequence + ".")]
    step = int(difference[0].split("\t")[0].partition(".")[2])
    calls = calls[: step + 1]
    if differs(sides, table, calls):
        calls = shrink(sides, table, calls)
        difference = compare(*sides.run_script(calls), table)[1]
    else:
        print("by itself the sequence does not differ: it depends on those before it")
    tell(sides, calls, difference)
    return 1


def run_all(sides, table, options):
    compared = 0
    last = options.first + options.sequences
    for first in range(options.first, last, PIECE):
        ours, theirs = sides.run([str(options.seed), str(first), str(min(PIECE, last - first))])
        piece, difference = compare(ours, theirs, table)
        compared += piece
        if difference is not None:
            print(f"seed {options.seed}")
            return investigate(sides, table, ours, difference)
    total = options.sequences * STEPS
    version = subprocess.run([sides.windows[0], "--version"], capture_output=True, text=True, check=False).stdout.strip()
    print(f"{version}, seed {options.seed}: {total} calls were made, {compared} compared; the others came after an explained difference that ended their sequence")
    for name, uses in table.uses.items():
        print(f"  {uses:9} explained by {name}" + ("" if uses else "  <- not needed in this run"))
    return 0


def run_script(sides, table, path):
    calls = Path(path).read_text(encoding="ascii").splitlines()
    difference = compare(*sides.run_script(calls), table)[1]
    if difference is None:
        print("no unexplained difference")
        return 0
    tell(sides, calls, difference)
    return 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("native")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--sequences", type=int, default=500)
    parser.add_argument("--script")
    options = parser.parse_args()
    table = Table(HERE / "explained.tsv")
    with tempfile.TemporaryDirectory() as folder:
        sides = Sides(os.path.abspath(options.native), folder)
        return run_script(sides, table, options.script) if options.script else run_all(sides, table, options)


if __name__ == "__main__":
    sys.exit(main())
