# SPDX-License-Identifier: MIT
"""hf_test_sweep on Windows, where the function runs repeatedly in the test's own process: harness/example/unittest's plain test, correct and broken."""
import re

from cases import BIN

CRASHED = r"error: crashed: ended by exception 0xC0000005 after fault 1 \(read: Malloc.Alloc, "
LEAKED = r"error: leaked: 1 heap block more than the clean run leaves, "
ONLY = r"note: to repeat only this: HF_TEST_ONLY=read:(\d+) "

# Program, HF_TEST_ONLY, exit status, stdout, what stderr must have, and what it must not.
CASES = (
    ("windows_unittest", None, 0, "7 requests, 14 runs with a fault, 0 findings", (), (r"error",)),
    # Both findings are told, so a crash in one run keeps the test from nothing.
    ("windows_unittest_broken", None, 1, "7 requests, 14 runs with a fault, 2 findings", (CRASHED, LEAKED, r"note: the request that failed: Malloc.Alloc of \d+ bytes, number \d of 7"), ()),
    ("windows_unittest_broken", "read:2", 1, "7 requests, 1 runs with a fault, 1 findings", (r"^read:2: note: only this fault", LEAKED), (CRASHED,)),
    ("windows_unittest_broken", "read:3", None, None, (r"^read:3: note: only this fault",), (LEAKED,)),  # it crashes in this process, for a debugger
    ("windows_unittest_broken", "other:2", 0, "0 requests, 0 runs with a fault, 0 findings", (), (r"error",)),
)


def check_unit_test(windows):
    problems, before = [], windows.environment
    for program, only, wanted, printed, has, has_not in CASES:
        windows.environment = before if only is None else {**before, "HF_TEST_ONLY": only}
        status, out, err = windows.run([BIN / f"{program}.exe"])
        good = (wanted is None or status == wanted) and (printed is None or out.strip() == printed)
        good = good and all(re.search(one, err, re.M) for one in has) and not any(re.search(one, err) for one in has_not)
        if not good:
            problems.append(f"{program}.exe, HF_TEST_ONLY {only}\n  status {status}, expected {wanted}\n  stdout, expected '{printed}':\n{out}\n  stderr:\n{err}")
        # Each finding names the run that shows it.
        if only is None and len(re.findall(ONLY, err)) != err.count("error: "):
            problems.append(f"{program}.exe does not say how to repeat each finding:\n{err}")
    windows.environment = before
    print(f"unittest: {len(CASES)} programs")
    return problems
