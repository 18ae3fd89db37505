# SPDX-License-Identifier: MIT
"""`hostfault record --ring`: keeps the last part of a long run without a gap, counts the dropped events and draws no conclusions from them, and does not
grow, neither on disk nor with threads that come and go. usage: ring.py HOSTFAULT PROGRAM WORK_FOLDER"""
import re
import shutil
import subprocess
import sys
from pathlib import Path

tool, program, work = sys.argv[1], sys.argv[2], Path(sys.argv[3])
checks = 0


def check(what, good, got=None):
    global checks
    checks += 1
    if not good:
        sys.exit(f"ring: FAILED: {what}" + (f"; got {got!r}" if got is not None else ""))


def run(*arguments):
    done = subprocess.run([tool, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=work)
    return done.returncode, done.stdout


def record(name, ring, *arguments):
    """Exit status, what was said, the trace's text, how many events are said to be dropped."""
    status, said = run("record", "--no-stacks", "--ring", ring, "--results", name, "--", program, *map(str, arguments))
    folder = re.search(r"^folder (.*)$", said, re.M)
    check(f"{name}: there is a folder", folder is not None, said)
    text = run("trace", folder[1])[1]
    return status, said, text, int(re.search(r"^trace .* dropped=(\d+)$", text, re.M)[1])


def sizes(text):
    """Of each thread: sizes of its mallocs, in order."""
    parts = re.split(r"^thread .*\n", text, flags=re.M)[1:]
    return [list(map(int, re.findall(r"malloc\((\d+)\)", part))) for part in parts]


def calls_in(text):
    return len(re.findall(r"^[ !~]*(?:malloc|calloc|realloc|free)\(", text, re.M))


shutil.rmtree(work, ignore_errors=True)
work.mkdir(parents=True)

status, said, text, dropped = record("one", "4M", 300000, 1)
serving = max(sizes(text), key=len)
check("the run ends as it does", status == 0 and "ended ok" in said, said)
check("what is gone is counted", dropped > 500000 and f"the first {dropped} events were dropped" in said, (dropped, said))
check("the last part is there", len(serving) > 10000 and serving[-1] == 300000, (len(serving), serving[-3:]))
check("without a gap", serving == list(range(serving[0], 300001)))
# A thread that has ended may lose all of its part, with the event of its start; there are two.
whole = calls_in(record("all", "64M", 10, 1)[2]) + 2 * (300000 - 10)
check("nothing was counted twice or lost", 0 <= dropped + calls_in(text) - whole <= 2, (dropped, calls_in(text), whole))
check("a thread that waits keeps what it writes to", list(range(555001, 555021)) in sizes(text), [one for one in sizes(text) if 555001 in one or 555020 in one])
check("so is the end of the program", "malloc(777777)" in text and "exit 0" in text)
check("a block from before is given back, and nobody is accused", "violated" not in said and re.search(r"free\(", text), said)
check("the trace is small on the disk", sum(file.stat().st_size for file in (work / "one").rglob("trace")) < 5 << 20)

status, said, text, dropped = record("four", "8M", 200000, 4)
found = [one for one in sizes(text) if len(one) > 100]
check("each of four threads has its last part", len(found) == 4 and {one[-1] for one in found} == {n * 1000000 + 200000 for n in range(4)}, [one[-1:] for one in found])
check("each without a gap", all(one == list(range(one[0], one[-1] + 1)) for one in found))

# As often as not a thread that took a number looks its chunk up after all others went round: none may be lost to that.
status, said, text, dropped = record("many", "1M", 100000, 8)
check("more threads than processors in a small ring", status == 0 and len(re.findall(r"malloc\(|free\(", text)) > 3000, (len(text), said))
calls = 8 * 2 * 100000 + 8 * 2 + 20 * 2 + 3 + 2
check("each event is there or counted", dropped <= calls, (dropped, calls))

status, said, text, dropped = record("brief", "1M", 1000, 1, 500)
check("threads that are gone leave their room", status == 0 and dropped > 1000 and "malloc(777777)" in text, said)

status, said, text, dropped = record("dies", "1M", 100000, 2, 0, "abort")
check("one that dies is told of as ever", status == 1 and "SIGABRT" in said and dropped > 100000 and "signal 6" in text, said)

status, said, text, dropped = record("short", "64M", 10, 1)
check("a run that fits loses nothing", status == 0 and dropped == 0 and "were dropped" not in said, said)

# Over a host of ours every free is looked at: here most blocks were taken before.
status, said = run("record", "--no-stacks", "--ring", "1M", "--results", "hosted", "--caller", "sqlite")
if "no caller" not in said:
    check("nobody is accused for want of the beginning", status == 0 and "ended ok" in said and "were dropped" in said, said)

for wrong in ("much", "4K", "1000G"):
    status, said = run("record", "--ring", wrong, "--", program)
    check(f"--ring {wrong} is refused", status == 2 and f"--ring takes a size from 1M to 64G, such as 64M, not '{wrong}'" in said, said)
print(f"ring: {checks} checks passed")
