#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Windows programs of the tree, built by the preset mingw and run with Wine.

usage: wine.py TARGET       builds and runs the program; exit status: its own, or 77 if Wine or mingw is missing
       wine.py PROGRAM.exe  runs a program that is already built

Their output goes to files: Wine's server inherits it and keeps running, so a pipe would not end with the program.
"""
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]


def skip(why):
    print(f"SKIPPED: {why}")
    sys.exit(77)


def find_wine():
    for name in ("wine64", "/usr/lib/wine/wine64", "wine"):
        if shutil.which(name):
            return shutil.which(name)
    return skip("no Wine here (Debian's package wine64)")


def environment():
    """Without display, debugger and the parts of Wine that nobody needs here."""
    kept = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    overrides = "mscoree,mshtml=;winemenubuilder.exe,winedbg.exe=d"
    kept.update(WINEDEBUG="-all", WINEARCH="win64", WINEPREFIX=str(SOURCE / "out/wineprefix"), WINEDLLOVERRIDES=overrides)
    return kept


def run_or_end(command):
    done = subprocess.run(command, cwd=SOURCE, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


class locked:
    """One at a time makes Wine's folder, or builds."""

    def __enter__(self):
        (SOURCE / "out").mkdir(exist_ok=True)
        self.file = open(SOURCE / "out/wineprefix.lock", "w", encoding="ascii")
        fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *what):
        self.file.close()


def build(target):
    """The command line that runs the target. Wine's folder is there afterwards and its server awake."""
    wine = find_wine()
    if not shutil.which("x86_64-w64-mingw32-gcc"):
        skip("no x86_64-w64-mingw32-gcc here (Debian's package gcc-mingw-w64-x86-64-win32)")
    with locked():
        run_or_end(["cmake", "--preset", "mingw"])
        run_or_end(["cmake", "--build", "--preset", "mingw", "--target", target])
        nothing = subprocess.DEVNULL
        subprocess.run([wine, "cmd", "/c", "exit"], env=environment(), stdin=nothing, stdout=nothing, stderr=nothing, check=False)
    return [wine, str(SOURCE / f"out/mingw/bin/{target}.exe")]


def command_of(name):
    if not name.endswith(".exe"):
        return build(name)
    (SOURCE / "out").mkdir(exist_ok=True)
    return [find_wine(), str(Path(name).resolve())]


def start(command, folder, output):
    """Runs with its output at the end of a file."""
    with open(output, "ab") as file:
        return subprocess.Popen(command, cwd=folder, env=environment(), stdin=subprocess.DEVNULL, stdout=file, stderr=file)


def main():
    command = command_of(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "output"
        status = start(command, folder, output).wait()
        print(output.read_text(encoding="utf-8", errors="replace"), end="")
    return status


if __name__ == "__main__":
    sys.exit(main())
