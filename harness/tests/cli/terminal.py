# SPDX-License-Identifier: MIT
"""The output on a terminal of 40, 80 and 120 columns: no line of `run` wraps, and progress leaves nothing behind. Also tests places that a terminal
or an editor jumps to: links appear only if the terminal is known to support them, and never in a file or a pipe.
usage: terminal.py HOSTFAULT WORK_FOLDER. It emulates the parts of a terminal that the tool uses: text, CR, LF, ESC [ K, colours."""

import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios

tool, work = sys.argv[1:]
checks = 0


def check(what, good, got=None):
    global checks
    checks += 1
    if not good:
        sys.exit(f"terminal: FAILED: {what}" + (f"; got {got!r}" if got is not None else ""))


# Of the terminal that the test itself is run on.
SPEAKING = ("NO_COLOR", "FORCE_COLOR", "FORCE_HYPERLINK", "TERM_PROGRAM", "WT_SESSION", "DOMTERM", "VTE_VERSION", "KONSOLE_VERSION")


def set_environment(more):
    for name in SPEAKING:
        os.environ.pop(name, None)
    os.environ["TERM"] = "xterm"
    os.environ.update(more)


def on_terminal(columns, *arguments, **environment):
    """All bytes that a command writes to a terminal of this size."""
    child, terminal = pty.fork()
    if child == 0:
        set_environment(environment)
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

if not os.path.exists(os.path.join(os.path.dirname(tool), "libhostfault-malloc.so")):
    print(f"SKIPPED: places and links: the library for unmodified programs is not in a build with sanitizers\nterminal: {checks} checks passed")
    sys.exit(0)

# Places. The program is compiled from here, so its source is below the working directory.
words, results, page = f"{work}/words", f"{work}/results", f"{work}/report.html"
subprocess.run([os.environ.get("CC", "cc"), "-g", "harness/manual/words.c", "-o", words], check=True)
SWEEP = ("sweep", "--results", results, "--", words, "one", "three", "five")
LINK = re.compile(r"\x1b\]8;;([^\x1b]*)\x1b\\([^\x1b]*)\x1b\]8;;\x1b\\")
PLACES = ["harness/manual/words.c:46", "harness/manual/words.c:18"]
KITTY = {"TERM": "xterm-kitty"}


def in_pipe(*arguments, **environment):
    child = {name: value for name, value in os.environ.items() if name not in SPEAKING} | {"TERM": "xterm"} | environment
    return subprocess.run([tool, *arguments], env=child, stdout=subprocess.PIPE, text=True).stdout


plain = in_pipe(*SWEEP, **KITTY, FORCE_HYPERLINK="1", FORCE_COLOR="1")
check("a pipe gets no link, whatever is forced", "\x1b]8" not in plain, plain)
plain = in_pipe(*SWEEP, **KITTY)
check("a place begins its line, as compilers tell it", re.search(r"^harness/manual/words\.c:46: error: crashed: in main, through a null pointer\n"
      r"harness/manual/words\.c:18: note: malloc of add was refused; ", plain, re.M), plain)
check("a pipe gets no escape sequence", "\x1b" not in plain, plain)
for variables in ({"TERM": "xterm-kitty"}, {"TERM": "alacritty"}, {"TERM_PROGRAM": "vscode"}, {"VTE_VERSION": "7006"}, {"KONSOLE_VERSION": "220401"},
                  {"WT_SESSION": "x"}, {"FORCE_HYPERLINK": "1"}):
    links = LINK.findall(on_terminal(120, *SWEEP, **variables))
    check(f"{variables}: places are links", [text for _, text in links] == PLACES, links)
    check(f"{variables}: to the file and the line", all(re.fullmatch(r"file://[^/]+/.*/harness/manual/words\.c#(46|18)", uri) for uri, _ in links), links)
for variables in ({}, {"TERM": "dumb"}, {"VTE_VERSION": "4205"}, {"TERM": "screen", "VTE_VERSION": "7006"}, KITTY | {"NO_COLOR": "1"},
                  KITTY | {"FORCE_HYPERLINK": "0"}):
    said = on_terminal(120, *SWEEP, **variables)
    check(f"{variables}: no link", "\x1b]8" not in said and PLACES[0] in said, said)
said = on_terminal(120, "sweep", "--color", "never", *SWEEP[1:], **KITTY)
check("--color never: no link", "\x1b" not in said.replace("\x1b[K", "") and PLACES[0] in said, said)
for verb in (["report", "--results", results], ["replay", "--results", results, re.search(r"replay ([0-9a-f]{16})", plain)[1]]):
    links = [text for _, text in LINK.findall(on_terminal(120, *verb, **KITTY))]
    check(f"{verb[0]}: places are links", PLACES[0] in links, links)
on_terminal(120, "report", "--results", results, "--html", page, "--junit", f"{work}/junit.xml", **KITTY)
check("files have no links", all("\x1b]8" not in open(name).read() for name in (page, f"{work}/junit.xml")))
print(f"terminal: {checks} checks passed")
