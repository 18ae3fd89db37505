#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs every command that a page of the tree or a help text shows, as a new user would, and compares the shown output with the actual output.

usage: manual.py [--chroot] [--list] SOURCE BINARY WORK [PAGE...]

SOURCE is the tree, BINARY the folder of a complete build, WORK a folder for the test. PAGE is a page's path below SOURCE, or `help`.
Without options: in a copy of the tree whose out/release is BINARY, with an empty home and an empty environment. --chroot: in a new, minimal Debian,
where README.md comes first and its commands build the tree. --list: prints what the pages show, and runs nothing.
Exit status: 0 all as shown, 1 something differs, 77 a chroot is not possible here (it says why).
"""
import sys

sys.dont_write_bytecode = True

import argparse
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import chroot
from compare import clean_output, same_lines
from pages import PageError, Scenario, Source, read_help, read_page
from shell import Shell, ShellError

HERE = Path(__file__).resolve().parent
STANDARD_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SECONDS = 300
SECONDS_IN_CHROOT = 3600


def read_not_run():
    rows = []
    for number, line in enumerate((HERE / "not_run.tsv").read_text(encoding="utf-8").split("\n"), 1):
        if line.strip() and not line.startswith("#"):
            columns = line.split("\t")
            if len(columns) != 4 or columns[2] not in ("never", "chroot"):
                sys.exit(f"not_run.tsv:{number}: page, command, never or chroot, and a reason, with tabs between them")
            rows.append({"page": columns[0], "command": columns[1], "when": columns[2], "why": columns[3], "line": number, "used": False})
    return rows


def fits(pattern, text):
    return re.fullmatch(".*".join(re.escape(piece) for piece in pattern.split("*")), text, re.DOTALL) is not None


def why_not(rows, item, in_chroot):
    """The reason why a command is not run here, or None."""
    for row in rows:
        if fits(row["page"], item.page) and fits(row["command"], item.text.strip()):
            row["used"] = True
            return None if row["when"] == "chroot" and in_chroot else row["why"]
    return None


class Test:
    def __init__(self, rows, in_chroot, kept_in=None):
        self.rows, self.in_chroot, self.kept_in = rows, in_chroot, kept_in
        self.passed, self.failed, self.left_out = 0, 0, []

    def fail(self, where, text, *why):
        self.failed += 1
        print(f"FAILED {where}: {text}", *why, sep="\n    ", flush=True)

    def keep(self, item, output):
        """Where the whole of a long output is."""
        if output.count("\n") <= 30 or self.kept_in is None:
            return []
        log = self.kept_in / f"{item.where.replace('/', '-')}.log"
        log.write_text(output, encoding="utf-8")
        return [f"the whole output: {log}"]

    def check(self, item, status, output, folders, names):
        if status != item.status:
            said = "" if status != 1 else "; if it means to, end the command with a comment, '# exit status 1: ...'"
            return self.fail(item.where, item.text, f"exit status {status}, not {item.status}{said}", *clean_output(output, folders)[-30:], *self.keep(item, output))
        got = clean_output(output, folders)
        if item.shown and not same_lines(item.shown, got, names):
            return self.fail(item.where, item.text, "what comes is not what is shown", *(f"shown: {line}" for line in item.shown),
                             *(f"comes: {line}" for line in got))
        self.passed += 1
        return None

    def compile(self, item, shell):
        """A file that the page shows, written for the commands below it."""
        headers = f"{shell.top}/harness/include"
        status, output = shell.run(f"cat > '{item.name}' << 'END OF SOURCE'\n{item.text}END OF SOURCE\n"
                                   f"gcc -std=gnu17 -Wall -Wextra -Werror -fsyntax-only -I '{headers}' '{item.name}'", SECONDS)
        if status != 0:
            return self.fail(item.where, f"the C file that it shows ({item.name})", "it does not compile", *output.split("\n")[-30:])
        self.passed += 1
        return None

    @staticmethod
    def name_left_out(output):
        """The tests that scripts/test left out there, for scripts/test here. A line without a test's name is of what was not even built."""
        for test, why in re.findall(r"^SKIPPED dev: (?:([a-z]+[.\w]*): )?(.*)", output, re.MULTILINE):
            print(f"LEFT OUT {test}" if test else f"SKIPPED: {why}", flush=True)

    def run_item(self, item, shell, folders, names):
        text = item.text
        if isinstance(item, Source):
            return self.compile(item, shell)
        if isinstance(item, Scenario):
            shell.outside(f"{shell.scratch}/shown.yaml").write_text(item.text, encoding="utf-8")
            status, output = shell.run(f"hostfault run '{shell.scratch}/shown.yaml'", SECONDS)
            if status != 0:
                return self.fail(item.where, "the scenario that it shows", f"`hostfault run` exits with {status}", *clean_output(output, folders)[-30:])
            self.passed += 1
            return None
        for shown, real in names.items():
            text = text.replace(shown, real)
        start = time.monotonic()
        status, output = shell.run(text, SECONDS_IN_CHROOT if self.in_chroot else SECONDS)
        print(f"{time.monotonic() - start:7.1f} s  {item.where}: {item.text}", flush=True)
        if self.in_chroot:
            self.name_left_out(output)
        return self.check(item, status, output, folders, names)

    def run_page(self, items, shell, folders, names):
        try:
            for item in items:
                why = why_not(self.rows, item, self.in_chroot)
                if why is None and getattr(item, "windows", False):
                    self.fail(item.where, item.text, "a command of Windows: not_run.tsv must say where it is tested")
                elif why is None:
                    self.run_item(item, shell, folders, names)
                else:
                    self.left_out.append(f"{item.where}: {item.text.strip()} ({why})")
        except ShellError as error:
            self.fail(item.where, item.text, str(error))
        finally:
            shell.close()

    def end(self, whole):
        for line in self.left_out:
            print(f"not run: {line}")
        if whole:
            for row in self.rows:
                if not row["used"]:
                    self.fail(f"not_run.tsv:{row['line']}", row["command"], "no page shows it any more")
        print(f"{self.passed} passed, {self.failed} failed, {len(self.left_out)} not run")
        return 1 if self.failed or not self.passed else 0


def pages_of(source):
    """The pages of the tree, the README first."""
    tracked = subprocess.run(["git", "-C", str(source), "ls-files", "*.md"], capture_output=True, text=True, check=False)
    names = tracked.stdout.split("\n") if tracked.returncode == 0 else [str(path.relative_to(source)) for path in source.rglob("*.md")]
    names = [name for name in names if name and not name.startswith("out/") and (source / name).exists()]
    return sorted(names, key=lambda name: (name != "README.md", name))


def copy_tree(source, folder):
    """What git knows of the tree, as it lies there now."""
    names = subprocess.run(["git", "-C", str(source), "ls-files", "-z", "--cached", "--others", "--exclude-standard"], capture_output=True, check=False)
    if names.returncode != 0:
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns("out", "runs", "*.db"), symlinks=True)
        return
    for name in names.stdout.decode().split("\0"):
        if name and (source / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, folder / name, follow_symlinks=False)


class QuickPlace:
    """A copy of the tree whose out/release is the build under test, and an installation of that build."""

    def __init__(self, source, binary, work):
        for caller in ("clr", "lua", "sqlite"):
            if not (binary / "bin" / f"hf-caller-{caller}").exists():
                chroot.skip(f"the caller {caller}, which the pages use, was not built")
        self.work, self.root, self.source = work, None, source
        self.tree, self.home, self.prefix = work / "hostfault", work / "home", work / "prefix"
        shutil.rmtree(work, ignore_errors=True)
        self.home.mkdir(parents=True)
        # What pkg-config prints of a folder with a space in its name cannot be used unquoted, as everybody does: the reader's home has none.
        if not re.fullmatch(r"[\w./-]+", str(self.home), re.ASCII):
            self.home = Path(tempfile.mkdtemp(prefix="hostfault-home-"))
        copy_tree(source, self.tree)
        (self.tree / "out").mkdir()
        (self.tree / "out/release").symlink_to(binary)
        subprocess.run(["cmake", "--install", str(binary), "--prefix", str(self.prefix)], check=True, stdout=subprocess.DEVNULL)

    def shell(self, page):
        tool = "" if page == "README.md" else f"{self.tree}/out/release/bin:"
        return Shell(self.tree, self.home, tool + STANDARD_PATH)

    def folders(self):
        # What the build under test remembers of its sources is another folder than the copy that a reader is in.
        return [(str(self.tree), "."), (f"{self.source}/", ""), (str(self.home), "~")]

    def help_shell(self):
        folder = self.work / "help"
        folder.mkdir()
        return Shell(folder, self.home, f"{self.prefix}/bin:{STANDARD_PATH}")

    def remove(self):
        """It stays, to be looked at: the next test makes it anew. A home outside of it does not."""
        if self.work not in self.home.parents:
            shutil.rmtree(self.home, ignore_errors=True)


def help_items(shell):
    """The examples of `hostfault help` and of every verb's page."""
    _, overview = shell.run("hostfault help", SECONDS)
    verbs = re.findall(r"^  ([a-z]+)  +\S", overview.split("verb ", 1)[1].split("\n\n")[0], re.MULTILINE)
    items = read_help("hostfault help", overview)
    for verb in verbs:
        status, text = shell.run(f"hostfault {verb} --help", SECONDS)
        if status != 0 or not read_help(verb, text):
            raise ShellError(f"hostfault {verb} --help shows no example")
        items += read_help(f"hostfault help {verb}", text)
    return items


def run_help(test, place):
    """In an empty folder, beside what help.sh puts there: the programs and results that the examples name."""
    shell = place.help_shell()
    items = help_items(shell)
    status, output = shell.run((HERE / "help.sh").read_text(encoding="utf-8"), SECONDS)
    if status != 0:
        test.fail("help.sh", "what the examples stand on", *output.split("\n")[-20:])
        return shell.close()
    names = dict(line.split("\t")[1:3] for line in output.split("\n") if line.startswith("stand-in\t"))
    return test.run_page(items, shell, place.folders(), names)


def run_one(test, place, source, page):
    try:
        if page == "help":
            return run_help(test, place)
        items = read_page(page, (source / page).read_text(encoding="utf-8"))
        if items:
            test.run_page(items, place.shell(page), place.folders(), {})
    except (PageError, ShellError) as error:
        test.fail(page, str(error))
    return None


def list_items(test, source, pages):
    for page in pages:
        for item in read_page(page, (source / page).read_text(encoding="utf-8")):
            why = why_not(test.rows, item, False)
            print(f"{item.where}: {item.text.strip() if not isinstance(item, (Scenario, Source)) else 'a scenario' if isinstance(item, Scenario) else item.name}{f'  (not run: {why})' if why else ''}")
    return 0


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--chroot", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("source", type=Path)
    parser.add_argument("binary", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("pages", nargs="*")
    options = parser.parse_args()
    source = options.source.resolve()
    test = Test(read_not_run(), options.chroot, options.work.resolve())
    pages = options.pages or [*pages_of(source), "help"]
    if options.list:
        return list_items(test, source, [page for page in pages if page != "help"])
    if options.chroot:
        chroot.enter_namespace()
        place = chroot.Place(source, options.work.resolve())
    else:
        place = QuickPlace(source, options.binary.resolve(), options.work.resolve())
    for page in pages:
        run_one(test, place, source, page)
    place.remove()
    return test.end(whole=not options.pages)


if __name__ == "__main__":
    sys.exit(main())
