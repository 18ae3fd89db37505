# SPDX-License-Identifier: MIT
"""What a person sees on a terminal of 40, 80 and 120 columns: no line of `run` wraps, and progress leaves nothing behind.
usage: terminal.py HOSTFAULT WORK_FOLDER. The screen is kept as a terminal keeps it, as far as the tool writes to one: text, CR, LF, ESC [ K, colours."""

import fcntl
import os
import pty
import re
import shutil
import struct
import sys
import termios

tool, work = sys.argv[1:]
checks = 0


def check(what, good, got=None):
    global checks
    checks += 1
    if not good:
        sys.exit(f"terminal: FAILED: {what}" + (f"; got {got!r}" if got is not None else ""))


def on_terminal(columns, *arguments):
    """All bytes that a command writes to a terminal of this size."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm"
        os.environ.pop("NO_COLOR", None)
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        os.execv(tool, [tool, *arguments])
    said = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # EIO: the other side is closed
            break
        if not part:
            break
        said += part
    os.close(terminal)
    os.waitpid(child, 0)
    return said.decode("utf-8", "replace")


def screen(said, columns):
    """The lines that are left on the screen."""
    lines, at = [""], 0
    for token in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|\r|\n|[^\x1b\r\n]", said):
        if token == "\r":
            at = 0
        elif token == "\n":
            lines.append("")
            at = 0
        elif token.startswith("\x1b["):
            if token.endswith("K"):
                lines[-1] = lines[-1][:at]
        else:
            if at == columns:
                lines.append("")
                at = 0
            lines[-1] = lines[-1][:at] + token + lines[-1][at + 1:]
            at += 1
    return [line.rstrip() for line in lines]


# The model of a terminal must see what is looked for.
check("litter is seen", screen("\r" + "x" * 50 + "\x1b[K\r\x1b[K", 40)[0] == "x" * 40)

shutil.rmtree(work, ignore_errors=True)
os.makedirs(work)
for columns in (40, 80, 120):
    said = on_terminal(columns, "run", "scenarios/reserve-commit", "--jobs", "1", "--results", f"{work}/run-{columns}")
    lines = screen(said, columns)
    cases = [line for line in lines if line.startswith(("ok  ", "FAIL"))]
    check(f"{columns}: scenarios are there", len(cases) >= 5, lines)
    check(f"{columns}: no progress is left of run", not [line for line in lines if re.search(r"\d+ of \d+, \d+ failed", line)], lines)
    check(f"{columns}: progress was shown", re.search(r"\r  \d+ of \d+, \d+ failed", said) is not None)
    of_cases = [line for line in lines if line.startswith(("ok  ", "FAIL", "      "))]
    check(f"{columns}: no line of a scenario fills the screen, and none wraps", all(len(line) < columns for line in of_cases), of_cases)
    check(f"{columns}: each says how it ended", said.count(" calls") >= len(cases) and all(word in said for word in ("fired", " ms")))

    said = on_terminal(columns, "sweep", "--caller", "clr", "--points", "60", "--results", f"{work}/sweep-{columns}")
    lines = screen(said, columns)
    check(f"{columns}: progress of a sweep was shown", "\r  " in said)
    check(f"{columns}: none of it is left", not [line for line in lines if re.search(r"\d+ of \d+ points, \d+ finding|^\s*\[[#.]+\]|^  .*: \d+ of \d+$", line)], lines)
    shown = [part.split("\x1b[K")[0] for part in said.split("\r") if "\x1b[K" in part]
    check(f"{columns}: no line of progress is too long", all(len(part) < columns for part in shown), max(shown, key=len))
    early = [part for part in shown if re.search(r"\b[0-9] of \d+ points.* left", part)]
    check(f"{columns}: no estimate after a few points", not early, early)
print(f"terminal: {checks} checks passed")
