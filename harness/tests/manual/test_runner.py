#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The runner's own test: how it reads pages, what it compares, and that it finds each mistake in a page. Exit status: 0 success, 1 failure."""
import sys

sys.dont_write_bytecode = True

import contextlib
import io
import unittest

import manual
from compare import clean_output, same_lines
from pages import Command, PageError, Scenario, read_help, read_page

SESSION = """text

    $ tool one
    first

    third
    $ tool two \\
        more   # exit status 1: why
    > tool.exe

more text
"""


class Pages(unittest.TestCase):
    def test_a_session_has_commands_and_what_they_print(self):
        one, two, windows = read_page("P", SESSION)
        self.assertEqual((one.where, one.text, one.shown, one.status), ("P:3", "tool one", ["first", "", "third"], 0))
        self.assertEqual((two.text, two.shown, two.status), ("tool two \\\n    more   # exit status 1: why", [], 1))
        self.assertTrue(windows.windows)

    def test_a_block_of_commands_needs_no_prompt(self):
        self.assertEqual([item.text for item in read_page("P", "\n    scripts/run   # x\n    # only a comment\n    cmake --build out\n")],
                         ["scripts/run   # x", "cmake --build out"])

    def test_a_whole_scenario_is_one(self):
        self.assertIsInstance(read_page("P", "\n    name: x\n    caller: clr\n")[0], Scenario)
        self.assertIsInstance(read_page("P", "```yaml\ncaller: clr\n```\n")[0], Scenario)

    def test_a_command_among_text_is_an_error(self):
        for text in ("\n    some text\n    hostfault run x\n", "\n    scripts/run\n    built in 3 minutes\n", "```sh\nhostfault run\nok\n```\n"):
            with self.assertRaises(PageError):
                read_page("P", text)

    def test_text_and_fences_of_text_are_nothing(self):
        self.assertEqual(read_page("P", "\n    a -> b\n\n```text\nhostfault run -> b\n```\n* item\n    continued hostfault run\n"), [])

    def test_c_is_a_source_with_or_without_a_name(self):
        named, other = read_page("P", "```c test.c\nint a;\n```\n\n```c\nint b;\n```\n")
        self.assertEqual((named.where, named.name, named.text), ("P:2", "test.c", "int a;\n"))
        self.assertEqual((other.name, other.text), ("shown.c", "int b;\n"))

    def test_the_examples_of_a_help_text(self):
        items = read_help("H", "example:\n  $ hostfault a\n  > hostfault b\n")
        self.assertEqual([(item.text, item.windows) for item in items], [("hostfault a", False), ("hostfault b", True)])


class Compare(unittest.TestCase):
    def same(self, shown, got):
        return same_lines(shown, got, {})

    def test_equal_lines_are_the_same_and_others_are_not(self):
        self.assertTrue(self.same(["a", "b"], ["a", "b"]))
        for got in (["a"], ["a", "b", "c"], ["a", "x"], []):
            self.assertFalse(self.same(["a", "b"], got))

    def test_dots_stand_for_lines_and_for_the_rest_of_a_line(self):
        self.assertTrue(self.same(["...", "end"], ["1", "2", "end"]))
        self.assertTrue(self.same(["a", "..."], ["a"]))
        self.assertTrue(self.same(["4 scenarios: 4 ..."], ["4 scenarios: 4 as expected; 3 calls"]))
        self.assertFalse(self.same(["...", "end"], ["1", "2"]))

    def test_times_ids_and_folders_of_runs_may_differ_and_nothing_else(self):
        shown = "ok   x   8 calls   111 ms  results/runs/20261122-144414.704-command-line-5ab9d5 b7c32df422ceedc7"
        got = "ok   x   8 calls     7 ms  results/runs/20301122-235959.999-command-line-ffffff 0123456789abcdef"
        self.assertTrue(self.same([shown], [got]))
        self.assertFalse(self.same([shown], [got.replace("8 calls", "9 calls")]))

    def test_the_names_that_came_are_remembered(self):
        names = {}
        same_lines(["replay b7c32df422ceedc7"], ["replay 0123456789abcdef"], names)
        self.assertEqual(names, {"b7c32df422ceedc7": "0123456789abcdef"})

    def test_colour_and_the_test_s_folders_are_taken_out(self):
        self.assertEqual(clean_output("\x1b[31mred\x1b[0m /w/tree/x\n\n", [("/w/tree", ".")]), ["red ./x"])


class Runner(unittest.TestCase):
    def setUp(self):
        self.test = manual.Test([], False)
        self.test.fail = lambda *what: setattr(self.test, "failed", self.test.failed + 1)

    def check(self, shown, status, output):
        self.test.check(Command("P", 1, shown[0], shown[1:]), status, output, [], {})
        return self.test.passed, self.test.failed

    def test_what_comes_as_shown_passes(self):
        self.assertEqual(self.check(["x", "a"], 0, "a\n"), (1, 0))

    def test_another_output_fails(self):
        self.assertEqual(self.check(["x", "a"], 0, "b\n"), (0, 1))

    def test_another_exit_status_fails(self):
        self.assertEqual(self.check(["x"], 1, ""), (0, 1))
        self.assertEqual(self.check(["x # exit status 1: y"], 0, ""), (0, 2))

    def test_a_row_that_fits_nothing_fails(self):
        self.test.rows.append({"page": "P", "command": "*", "when": "never", "why": "w", "line": 1, "used": False})
        self.test.passed = 1
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(self.test.end(whole=True), 1)

    def test_a_command_of_windows_without_a_row_fails(self):
        class Shell:
            def close(self):
                pass
        self.test.run_page([Command("P", 1, "app.exe", windows=True)], Shell(), [], {})
        self.assertEqual(self.test.failed, 1)


if __name__ == "__main__":
    unittest.main()
