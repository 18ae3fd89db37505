# SPDX-License-Identifier: MIT
"""Compares the output that a page shows with the actual output.

Masks and remembers what differs from run to run: if the page shows one run's folder and the actual run has another, later commands of the page that name
the first get the second. `...` alone on a line stands for any lines, at the end of a line for the rest of it.
"""
import re

# The kinds of thing that two runs of the same command differ in. Nothing else is passed over.
MASKS = [
    ("run", re.compile(r"\b\d{8}-\d{6}\.\d{3}-[\w.-]+-[0-9a-f]{6}\b")),
    ("hash", re.compile(r"\bhash=[0-9a-f]{16}\b")),
    ("id", re.compile(r"\b[0-9a-f]{16}\b")),
    ("ms", re.compile(r"\s+\d+(?:\.\d+)? (?:ns|us|ms|s|min)\b")),
    ("date", re.compile(r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?Z?)?")),
    ("rate", re.compile(r"\b\d+(?:\.\d+)?(?=(?: \w+)?/s\b| a second\b)")),
    ("version", re.compile(r"\bhostfault \d+\.\d+\.\d+\b")),
    ("address", re.compile(r"\b0x7f[0-9a-f]{10}\b")),
    ("pid", re.compile(r"\bpid \d+\b")),
]
NAMES = {"run", "id"}
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def masked(line):
    """The line with masks in it, and what they cover, in order of kind and place."""
    covered = []
    for name, pattern in MASKS:
        covered += [(name, found) for found in pattern.findall(line)]
        line = pattern.sub(f"<{name}>", line)
    return line.rstrip(), covered


def same_line(shown, got, names):
    shown_text, shown_covers = masked(shown)
    got_text, got_covers = masked(got)
    if shown_text != got_text and not (shown_text.endswith("...") and got_text.startswith(shown_text[:-3].rstrip())):
        return False
    for (name, there), (_, here) in zip(shown_covers, got_covers):
        if name in NAMES:
            names[there] = here
    return True


def same_lines(shown, got, names):
    """Whether all of `got` is as shown. Fills `names` with what came instead of the names that the page shows."""
    if not shown:
        return not got
    if shown[0].strip() == "...":
        return any(same_lines(shown[1:], got[skipped:], names) for skipped in range(len(got) + 1))
    return bool(got) and same_line(shown[0], got[0], names) and same_lines(shown[1:], got[1:], names)


def clean_output(text, folders):
    """Output as lines, without colour, blank lines at the end, and the test's own folders."""
    text = ANSI.sub("", text)
    for folder, shown in folders:
        text = text.replace(folder, shown)
    return text.rstrip("\n").split("\n") if text.strip() else []
