#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Processes that an unmodified program starts: followed on request, however they are started, each with a session of its own.

usage: follow.py BIN FOLDER    (BIN has hostfault and preload_follow, FOLDER is recreated)
"""
import json, os, re, shutil, subprocess, sys

BIN, FOLDER = sys.argv[1:3]
TOOL, PROGRAM = os.path.join(BIN, "hostfault"), os.path.join(BIN, "preload_follow")
REFUSED = ["--follow-children", "--verbose", "--fault", "call: malloc, where: { size: 7777 }, return: ENOMEM", "--", PROGRAM]
checks = 0


def tool(*words, env=None):
    return subprocess.run([TOOL, *words], capture_output=True, text=True, cwd=FOLDER, timeout=120, env=env)


def expect(holds, what, got=None):
    global checks
    checks += 1
    if not holds:
        print("FAILED", what)
        if got is not None:
            print(got.stdout[-3000:], got.stderr[-3000:])
        sys.exit(1)


def processes(got):
    return re.findall(r"^ *process (\d+), (\S+?)[,:]? (.*?); (\d+) calls, (\d+) fired; trace-\1$", got.stdout, re.M)


def traced():
    return tool("run", "--fault", "call: malloc, when: 1, return: ENOMEM", "--", PROGRAM, "crash-here").stdout


FAILED_CLEANLY = "reported: failed cleanly with exit status 3 after fault 1 (fault-1: malloc, ENOMEM)"
# What each kind of start shows: the processes by their programs, and how each ends.
STARTS = {
    "fork": [("preload_follow", FAILED_CLEANLY)],
    "plain-exit": [("preload_follow", FAILED_CLEANLY.replace("status 3", "status 8"))],
    "grandchild": [("preload_follow", "reported: failed cleanly with exit status 3, without any fault"), ("preload_follow", FAILED_CLEANLY)],
    "exec": [("preload_follow", FAILED_CLEANLY)],
    "late": [("preload_follow", "became another program: process 2"), ("preload_follow", FAILED_CLEANLY)],
    "spawn": [("preload_follow", FAILED_CLEANLY)],
    "vfork": [("preload_follow", FAILED_CLEANLY)],
    "system": [(None, "became another program: process 2"), ("preload_follow", FAILED_CLEANLY)],
    "popen": [(None, "became another program: process 2"), ("preload_follow", FAILED_CLEANLY)],
    "threads": [("preload_follow", FAILED_CLEANLY)],
}


def starts():
    for how, wanted in STARTS.items():
        got = tool("run", *REFUSED, how)
        found = processes(got)
        expect(got.returncode == 0 and len(found) == len(wanted), f"{how}: {found}", got)
        for (_, program, ended, calls, fired), (name, end) in zip(found, wanted):
            expect(name in (None, program) and ended == end and int(calls) > 0 and fired == ("1" if "after fault" in end else "0"), f"{how}: {found}", got)
        plain = tool("run", *REFUSED[1:], how)
        expect(plain.returncode == 1 and "unfired" in plain.stdout and "process 1" not in plain.stdout, f"{how}: nobody is followed unasked", plain)
    for how in ("fork", "grandchild", "system", "threads"):
        got = tool("record", "--follow-children", "--", PROGRAM, how)
        expect(got.returncode == 0 and all("ended with exit status 0" in ended or "became" in ended for _, _, ended, _, _ in processes(got)), f"{how}: recorded", got)


def findings():
    got = tool("run", *REFUSED, "crash")
    expect(got.returncode == 1 and re.search(r"got +crashed: process 1, preload_follow: ended by SIGSEGV at 0x0 after fault 1", got.stdout), "a child's crash is told as the child's", got)
    expect(re.search(r"^ +trace +hostfault trace \S+/trace-1$", got.stdout, re.M), "with its trace", got)
    expect("in crash at preload_follow.c:" in got.stdout, "and where it crashed", got)
    folder = re.search(r"^ +folder +(\S+)", got.stdout, re.M).group(1)
    trace = tool("trace", os.path.join(folder, "trace-1")).stdout
    expect(re.search(r"^! malloc\(7777\) = NULL, ENOMEM rule=", trace, re.M) and "signal 11" in trace, "its trace is one like any other: " + trace)
    script = os.path.join(FOLDER, "again.yaml")
    open(script, "w").write(json.load(open(os.path.join(FOLDER, folder, "manifest.json")))["script"])
    again = tool("run", script)
    expect(again.returncode == 1 and "process 1, preload_follow, crashed" in again.stdout, "and repeats it", again)
    unrefused = ["--follow-children", "--verbose", "--fault", "call: malloc, where: { size: 999999 }, return: ENOMEM, optional: true", "--"]
    got = tool("run", *unrefused, PROGRAM, "plain-exit")
    expect(got.returncode == 0 and "ok: ended with exit status 7, as without faults" in got.stdout, "what a child's status means without a fault is its own business", got)
    got = tool("run", *unrefused, "/bin/sh", "-c", "yes | head -1")
    expect(got.returncode == 0 and "yes, crashed: ended by signal 13, without any fault" in got.stdout, "and so is a signal that another sends", got)
    got = tool("record", "--follow-children", "--", PROGRAM, "leave")
    expect("process 1, preload_follow, was still running when the program ended, and was killed" in got.stdout, "one that is left is ended", got)


def many():
    """More than are kept sessions for: it is said of each that is not followed."""
    got = tool("record", "--follow-children", "--", "/bin/sh", "-c", "for i in $(seq 70); do /bin/true $i; done")
    expect(got.returncode == 0 and len(processes(got)) == 64, f"64 are followed: {len(processes(got))}", got)
    folder = re.search(r"^folder +(\S+)", got.stdout, re.M).group(1)
    said = open(os.path.join(FOLDER, folder, "stderr")).read()
    expect(len(re.findall(r"^hostfault: process \d+ is not followed: the 64 sessions that are kept for such processes are taken$", said, re.M)) >= 7, said)


def sweeps():
    """A sweep fails the calls of all processes, and its findings are found again by their names."""
    for how, number in (("crash", 1), ("second-crash", 2)):
        alone = tool("sweep", "--results", how + "-alone", "--sites", "crash at *", "--", PROGRAM, how)
        expect(alone.returncode == 2 and "no site matches 'crash at *'" in alone.stderr, f"{how}: nobody is followed unasked", alone)
        got = tool("sweep", "--follow-children", "--results", how, "--sites", "crash at *", "--json", "--quiet", "--", PROGRAM, how)
        findings = json.loads(got.stdout)["findings"] if got.returncode == 1 else []
        expect([one["outcome"] for one in findings] == ["crashed"], f"{how}: one crash", got)
        expect(findings[0]["reason"].startswith(f"process {number}, preload_follow: ended by SIGSEGV"), f"{how}: of the process: {findings[0]}", got)
        got = tool("replay", findings[0]["id"], "--results", how)
        expect(got.returncode == 0 and "1 as before" in got.stdout, f"{how}: again", got)
        got = tool("minimize", findings[0]["id"], "--results", how, "--quiet")
        expect(got.returncode == 0 and "memory,children" in got.stdout and "outcome: [crashed]" in got.stdout, f"{how}: smaller", got)
        runs = os.path.join(FOLDER, how, "runs")
        for name in os.listdir(runs):  # what was begun in the last minutes is kept
            os.rename(os.path.join(runs, name), os.path.join(runs, "2001" + name[4:]))
        got = tool("clean", "--results", how)
        expect(got.returncode == 0 and "removed 2 run folders" in got.stdout and "did not make" not in got.stdout, f"{how}: all of it is ours", got)
    got = tool("sweep", "--follow-children", "--results", "clean-crash", "--", PROGRAM, "null")
    expect(got.returncode == 3 and "without any fault a process ends crashed: process 1, preload_follow: ended by SIGSEGV" in got.stderr, "a child that crashes in the clean run", got)


def refused():
    got = tool("sweep", "--follow-children", "--depth", "2", "--", PROGRAM, "crash")
    expect(got.returncode == 2 and "leave out --follow-children or --depth 2" in got.stderr, "no second faults", got)
    got = tool("record", "--follow-children", "--attach", "trap", "--", PROGRAM)
    expect(got.returncode == 2 and "--follow-children follows what unmodified programs start" in got.stderr, "not from outside", got)
    got = tool("record", "--follow-children", "--", os.path.join(BIN, "hf-caller-specimen-absorbs"))
    expect(got.returncode == 2 and "is run otherwise (linked" in got.stderr, "a linked program's are its own", got)


shutil.rmtree(FOLDER, ignore_errors=True)
os.makedirs(FOLDER)
if "this system does not permit tracing" in traced():
    print("not tried: this system does not permit tracing")
    sys.exit(0)
starts()
findings()
many()
sweeps()
refused()
print(f"preload.follow: {checks} checks")
