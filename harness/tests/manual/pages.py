# SPDX-License-Identifier: MIT
"""Reads pages: finds their blocks, and decides which of these are commands.

Four kinds of block contain something to run. Everything else is text: diagrams, traces, code.

session    at least one line begins with `$ `. Each such line is a command; the lines below it are its output. A `> ` line is a Windows command.
commands   every line is a command, without a prompt; the page shows no output.
C          a fence with the language `c`: a complete file, which is compiled. With a name (`c test.c`) it is first written to that file, for later commands.
scenario   YAML that begins with `name:`, `caller:` or `command:`: a complete scenario.

A page never decides whether a block is run: not_run.tsv does. A block that mixes commands without a prompt and text is an error, because it would be skipped.
"""
import re
from dataclasses import dataclass, field

COMMAND_WORDS = set("""hostfault cmake ctest cd git pkg-config sudo apt apt-get export make ninja gcc cc clang docker sbatch srun kubectl python3 sqlite3 gdb env mkdir
    cp mv rm ls cat sed awk source parallel ssh rsync tar""".split())
COMMAND_SHAPE = re.compile(r"(?:[A-Z_]+=\S*\s+\S|\./\w|out/\S*/|scripts/[a-z-]+(?:\s|$)|[A-Z_]+=\S*$)")
EXIT_STATUS = re.compile(r"# exit status (\d+)")
TEXT_FENCES = {"text", "cpp", "json", "xml", "diff", "cmake", "html", "sql", "lua", "ini"}


@dataclass
class Command:
    page: str
    line: int
    text: str
    shown: list = field(default_factory=list)
    windows: bool = False

    @property
    def status(self):
        """What it must exit with: 0, or what its comment says."""
        said = EXIT_STATUS.search(self.text)
        return int(said.group(1)) if said else 0

    @property
    def where(self):
        return f"{self.page}:{self.line}"


@dataclass
class Scenario:
    page: str
    line: int
    text: str

    @property
    def where(self):
        return f"{self.page}:{self.line}"


@dataclass
class Source:
    """A C file that the page shows. Written where the page's shell is, and compiled."""
    page: str
    line: int
    name: str
    text: str

    @property
    def where(self):
        return f"{self.page}:{self.line}"


class PageError(Exception):
    """A page that cannot be read one way only."""


def blocks_of(text):
    """Yields (number of the first line, language or None, lines without their indentation) of every block. Of C, with the file's name: `c name.c`."""
    lines, number = text.split("\n"), 0
    while number < len(lines):
        fence = re.match(r"(\s*)(```+|~~~+)\s*(c [\w.]+\.c$|\S*)", lines[number])
        if fence:
            end = next((i for i in range(number + 1, len(lines)) if lines[i].strip().startswith(fence.group(2))), len(lines))
            yield number + 2, fence.group(3), [line[len(fence.group(1)):] for line in lines[number + 1:end]]
            number = end + 1
        elif lines[number].startswith("    ") and (number == 0 or not lines[number - 1].strip()):
            end = number
            while end < len(lines) and (lines[end].startswith("    ") or not lines[end].strip()):
                end += 1
            block = lines[number:end]
            while not block[-1].strip():
                block.pop()
            width = min(len(line) - len(line.lstrip()) for line in block if line.strip())
            yield number + 1, None, [line[width:] for line in block]
            number = end
        else:
            number += 1


def looks_like_command(line):
    words = line.split()
    return bool(words) and (words[0] in COMMAND_WORDS or COMMAND_SHAPE.match(line) is not None)


def join_continued(lines):
    """Yields (offset, line), with lines that end in a backslash joined to the next."""
    offset = 0
    while offset < len(lines):
        start, line = offset, lines[offset]
        while line.endswith("\\") and offset + 1 < len(lines):
            offset += 1
            line = line + "\n" + lines[offset]
        yield start, line
        offset += 1


def read_session(page, first, lines):
    commands = []
    for offset, line in join_continued(lines):
        if line.startswith(("$ ", "> ")):
            commands.append(Command(page, first + offset, line[2:], windows=line.startswith("> ")))
        elif commands:
            commands[-1].shown.append(line)
        elif line.strip() and not line.startswith("#"):
            raise PageError(f"{page}:{first + offset}: text before the first '$ ' of a session: {line!r}")
    for command in commands:
        while command.shown and not command.shown[-1].strip():
            command.shown.pop()
    return commands


def read_block(page, first, language, lines):
    """The commands or the scenario of a block, or nothing."""
    if language is not None and (language == "c" or language.startswith("c ")):
        return [Source(page, first, language[2:] or "shown.c", "\n".join(lines) + "\n")]
    if language in TEXT_FENCES:
        return []
    if any(line.startswith(("$ ", "> ")) for line in lines):
        return read_session(page, first, lines)
    if lines and re.match(r"(name|caller|command): ", next((line for line in lines if line.strip() and not line.startswith("#")), "")):
        return [Scenario(page, first, "\n".join(lines) + "\n")]
    logical = [(offset, line) for offset, line in join_continued(lines) if line.strip() and not line.startswith("#")]
    like = [looks_like_command(line) for _, line in logical]
    if logical and all(like):
        return [Command(page, first + offset, line) for offset, line in logical]
    if any(like):
        offset, line = logical[like.index(True)]
        raise PageError(f"{page}:{first + offset}: a command among text: {line.strip()!r}. Begin commands with '$ ', or fence the block with ```text")
    return []


def read_page(page, text):
    return [item for first, language, lines in blocks_of(text) for item in read_block(page, first, language, lines)]


def read_help(page, text):
    """The examples of a help text: lines that begin with `$ ` or `> ` after blanks."""
    items = []
    for number, line in enumerate(text.split("\n"), 1):
        prompt = re.match(r"\s+([$>]) (.*)", line)
        if prompt:
            items.append(Command(page, number, prompt.group(2), windows=prompt.group(1) == ">"))
    return items
