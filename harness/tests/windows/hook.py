# SPDX-License-Identifier: MIT
"""Unmodified programs under --hook: one of our own, and some third-party ones."""
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from cases import BIN, NO_MEMORY, SOURCE, WORK, check_cases, make_bad_programs

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "pdb"))
import pdb_against_llvm as pdb  # noqa: E402

UNMODIFIED = str(BIN / "windows_unmodified.exe")
HEAP = ("--hook", "--verbose", "--fault")
# The same, of a program that knows nothing of us. Its last error is what the model has for the HRESULT; all but the first are seen by its exit.
HOOK_CASES = (
    (("record", "--hook", "--", UNMODIFIED), 0,
     r"(?s)VirtualAlloc +3 +3 +0 .*VirtualFree +2 .*VirtualQuery +1 .*VirtualProtect +1 .*Malloc.Alloc +\d+ +\d+ +0 .*Malloc.Free +\d+ +\d+ +0 "
     r".*calls by 1 thread; ended ok", r"^$"),
    (("run", "--hook", "--verbose", "--fault", "call: VirtualAlloc, when: 2, return: E_OUTOFMEMORY", "--", UNMODIFIED), 0,
     r"(?s)then rolled-back after \d calls?.*the commit failed with 8", r"^$"),
    (("run", "--hook", "--verbose", "--fault", "call: VirtualAlloc, when: 1, return: HOST_E_TIMEOUT", "--", UNMODIFIED), 0, r"the reservation failed with 1460", r"^$"),
    (("run", "--hook", "--verbose", "--fault", "call: VirtualAlloc, when: 3, return: HOST_E_NOT_OWNER", "--", UNMODIFIED), 0, r"VirtualAlloc2 failed with 288", r"^$"),
    (("run", "--hook", "--verbose", "--fault", "call: VirtualProtect, when: 1, return: HOST_E_ABANDONED", "--", UNMODIFIED), 0, r"VirtualProtect failed with 735", r"^$"),
    (("run", "--hook", "--fault", "call: VirtualAlloc, when: 1, return: E_OUTOFMEMORY", "--", UNMODIFIED, "lazy"), 0, r"ok +shrank", r"^$"),
    (("run", *HEAP, "call: Malloc.Alloc, where: {size: 101}, return: E_OUTOFMEMORY", "--", UNMODIFIED), 0, r"(?s)foreign -> S_OK.*HeapAlloc failed with 8", r"^$"),
    (("run", *HEAP, "call: Malloc.Alloc, where: {size: 100000}, return: E_OUTOFMEMORY", "--", UNMODIFIED), 0, r"rolled-back(?s:.*)HeapReAlloc failed with 8", r"^$"),
    (("run", *HEAP, "call: Malloc.Alloc, where: {size: 100000}, return: HOST_E_TIMEOUT, done: true", "--", UNMODIFIED), 0,
     r"rolled-back(?s:.*)HeapReAlloc failed with 1460", r"^$"),
    (("run", *HEAP, "call: Malloc.Alloc, where: {size: 100000}, lie: dirty", "--", UNMODIFIED), 0, r"ok +absorbed", r"^$"),
    (("run", *HEAP, "call: CreateMalloc, return: E_OUTOFMEMORY", "--", UNMODIFIED, "raise"), 0, r"HeapCreate failed with 8", r"^$"),
    (("run", *HEAP, "call: Malloc.Alloc, where: {size: 102}, return: E_OUTOFMEMORY", "--", UNMODIFIED, "raise"), 1, r"ended by no memory \(0xC0000017\)", r"^$"),
    (("run", *HEAP, "call: Malloc.Alloc, where: {size: 103}, return: E_OUTOFMEMORY", "--", UNMODIFIED, "raise"), 1, r"ended by no memory \(0xC0000017\)", r"^$"),
    (("sweep", "--hook", "--methods", "VirtualAlloc", "--failures", "E_OUTOFMEMORY", "--results", "swept", "--", UNMODIFIED), 0,
     r"3 calls of 3 sites; 6 points, .*\n6 reported\n0 findings", r"^$"),
    (("sweep", "--hook", "--methods", "VirtualAlloc", "--results", "native", "--", UNMODIFIED), 0,
     r"3 calls of 3 sites; 12 points, .*\n12 reported\n0 findings", r"^$"),
    (("run", "--hook", "--fault", "call: VirtualAlloc, when: 1, return: E_FAIL", "--", UNMODIFIED), 0, r"^(?s:(?!request after E_FAIL).)*$", r"^$"),
    (("run", "--hook", *NO_MEMORY, "--", "./of-32-bits.exe"), 2, r"of-32-bits.exe is not for 64-bit x86 \(machine 0x014C\)", r"^$"),
    (("run", "--hook", *NO_MEMORY, "--", "./no-program.exe"), 2, r"no-program.exe is not a Windows program", r"^$"),
    (("run", "--hook", *NO_MEMORY, "--", str(BIN / "windows_needs_missing.exe")), 3, r"a DLL that it needs is missing before the hook was in place", r"^$"),
    (("run", "early.yaml"), 3, r"ended with exit status 7 before the hook was in place", r"^$"),
    (("run", "--hook", *NO_MEMORY, "--", str(BIN / "windows_walker.exe")), 3,
     r"ended with exit status 5 before the hook was in place; it said: hostfault: the hook is not in place: the program imports neither", r"^$"),
    (("record", "--hook", "--", "mit Leerzeichen é/gewöhnlich.exe"), 0, r"VirtualAlloc +3 (?s:.*)ended ok", r"^$"),
    (("record", "--hook", "--results", "Ergebnisse é/von heute", "--", "mit Leerzeichen é\\gewöhnlich"), 0, r"VirtualAlloc +3 (?s:.*)Ergebnisse é/von heute/runs", r"^$"),
    (("record", "--hook", "--", str(BIN / "windows_windowed.exe")), 0, r"VirtualAlloc +3 (?s:.*)ended ok", r"^$"),
    (("record", "--hook", "--results", "a-file/below", "--", UNMODIFIED), 3, r"^$", r"a-file/below"),
    (("record", "--hook", "--results", "Z:/proc/hostfault", "--", UNMODIFIED), 3, r"^$", r"/proc/hostfault"),
)

REFUSED_CASES = (
    (("run", "--hook", *NO_MEMORY, "--", "./nowhere.exe"), 2, r"nowhere.exe: no such program", r"^$"),
    (("run", "--hook", *NO_MEMORY, "--", "./script.cmd"), 2, r"script.cmd is a script of cmd", r"^$"),
    (("record", "--hook", "--", "./of-32-bits.exe"), 2, r"^$", r"of-32-bits.exe is not for 64-bit x86 \(machine 0x014C\)"),
    (("record", "--hook", "--", "./no-program.exe"), 2, r"^$", r"no-program.exe is not a Windows program"),
    (("sweep", "--hook", "--", "./no-program.exe"), 2, r"^$", r"no-program.exe is not a Windows program"),
)
FOLLOW = ("--hook", "--follow-children")
CHILD_CASES = (
    (("record", "--hook", "--", UNMODIFIED, "start"), 0, r"^(?s:(?!process \d).)*$", r"^$"),
    (("record", *FOLLOW, "--", UNMODIFIED, "start"), 0,
     r"\nprocess 1, windows_unmodified.exe, ok: .*; \d\d calls, 0 fired; trace-1\r?\nprocess 2, .*; trace-2\r?\nfolder", r"^$"),
    (("run", *FOLLOW, "--fault", "call: Malloc.Alloc, where: {size: 10400}, return: E_OUTOFMEMORY", "--", UNMODIFIED, "start"), 1,
     r"process 1, .*, ok: .*, 0 fired(?s:.*)process 2, .*, crashed: ended by access violation \(0xC0000005\) after fault 1 .*, 1 fired(?s:.*)ended with 0xC0000005(?s:.*)trace .*/trace-2\r?\n", r"^$"),
    (("run", *FOLLOW, "--fault", "call: VirtualAlloc, when: 2, return: HOST_E_TIMEOUT", "--", UNMODIFIED, "start"), 1,
     r"swallowed(?s:.*)process 1, .*, reported: failed cleanly with exit status 3 .*, 1 fired(?s:.*)the commit failed with 1460", r"^$"),
    (("run", *FOLLOW, "--fault", "call: VirtualAlloc, when: 9, return: HOST_E_TIMEOUT", "--", UNMODIFIED, "start"), 1, r"unfired", r"^$"),
    (("run", *FOLLOW, "--fault", "call: VirtualAlloc, return: HOST_E_TIMEOUT, optional: true", "--", UNMODIFIED, "leave"), 0, r"^ok", r"^$"),
    (("record", *FOLLOW, "--", UNMODIFIED, "leave"), 0, r"process 1, windows_unmodified.exe, was still running when the program ended, and was killed; ", r"^$"),
    (("sweep", *FOLLOW, "--depth", "2", "--", UNMODIFIED), 2, r"^$", r"leave out --follow-children or --depth 2"),
    (("sweep", *FOLLOW, "--failures", "E_OUTOFMEMORY", "--", UNMODIFIED, "crash"), 3, r"^$",
     r"without any fault a process ends crashed: process 1, windows_unmodified.exe: ended by access violation"),
    (("run", "under-what.yaml"), 2, r"HF_HOOK is memory or memory,children, not 'everything'", r"^$"),
)


def count_runs():
    return len(list((WORK / "results/runs").glob("*"))), len(list(WORK.glob("*")))


def check_refused(windows):
    """What cannot be run leaves nothing behind."""
    before = count_runs()
    problems = check_cases(windows, REFUSED_CASES)
    return problems + ([] if count_runs() == before else [f"what was refused left something: {before} before, {count_runs()} after"])


def check_detached(windows):
    """The tool with neither a console nor standard handles, as a service would start it."""
    tool = ("--", str(BIN / "hostfault.exe"), "run", "--hook", "--results", "detached", "--junit", "detached.xml", *NO_MEMORY)
    status, out, err = windows.run([BIN / "windows_detached.exe", *tool, "--", UNMODIFIED])
    junit = (WORK / "detached.xml").read_text(encoding="utf-8") if (WORK / "detached.xml").exists() else ""
    good = (status, out, err) == (0, "", "") and 'tests="1" failures="0"' in junit
    return [] if good else [f"without console and handles: status {status}\n{out}{err}{junit}"]


def check_hook(windows):
    make_bad_programs()
    shutil.copy(UNMODIFIED, WORK / "mit Leerzeichen é/gewöhnlich.exe")
    early = f"name: early\ncommand: ['{UNMODIFIED}']\nenv: {{ HF_HOOK: memory, END_EARLY: 1 }}\nfaults:\n  - {{ call: VirtualAlloc, return: E_OUTOFMEMORY }}\n"
    (WORK / "early.yaml").write_text(early, encoding="utf-8")
    problems = check_cases(windows, HOOK_CASES)
    print(f"hook: {len(HOOK_CASES)} commands")
    return problems + check_refused(windows) + check_detached(windows) + check_sites(windows) + check_finding(windows) + check_children(windows)


def check_children(windows):
    """Processes that the program starts: followed if that is asked for, each told of by itself; else left alone."""
    script = f"name: under-what\ncommand: ['{UNMODIFIED}']\nenv: {{ HF_HOOK: everything }}\nfaults:\n  - {{ call: VirtualAlloc, return: E_OUTOFMEMORY }}\n"
    (WORK / "under-what.yaml").write_text(script, encoding="utf-8")
    print(f"children: {len(CHILD_CASES)} commands")
    return check_cases(windows, CHILD_CASES) + check_swept_children(windows)


def check_swept_children(windows):
    """A sweep that follows what the program starts fails the calls of these too, and tells of one that ends worse than the program; so do replay and minimize."""
    chosen = ("--methods", "Malloc.Alloc", "--failures", "E_OUTOFMEMORY", "--sites", "main at *", "--json", "--quiet", "--", UNMODIFIED, "start")
    status, out, err = windows.tool("sweep", *FOLLOW, "--results", "families", *chosen)
    findings = json.loads(out)["findings"] if status == 1 else []
    crashed = [finding for finding in findings if finding["outcome"] == "crashed"]
    if len(crashed) != 1 or {finding["outcome"] for finding in findings} != {"crashed", "swallowed"}:
        return [f"expected a crash of a process that is followed, got status {status}:\n{out}{err}"]
    if not re.match(r"process 2, windows_unmodified.exe: ended by access violation ", crashed[0]["reason"]):
        return [f"the crash is not told as the process's: {crashed[0]}"]
    results = ("--results", "families")
    return check_cases(windows, (
        (("replay", crashed[0]["id"], *results), 0, r"1 scenario: 1 as expected.*1 as before", r"^$"),
        (("minimize", crashed[0]["id"], *results, "--quiet"), 0, r"(?s)HF_HOOK: \"memory,children\".*outcome: \[crashed\]", r"^"),
        (("sweep", "--hook", "--results", "alone", *chosen), 2, r"^", r"no site matches 'main at \*'"),
    ))


def check_sites(windows):
    """A place that a sweep found selects its call, by module and offset and by its site key; another module does not."""
    with sqlite3.connect(WORK / "swept/hostfault.db") as database:
        rows = database.execute("SELECT place, key FROM site ORDER BY id").fetchall()
    database.close()
    places = [re.fullmatch(r"(?:(\w+) at )?(windows_unmodified\.exe\+0x[0-9a-f]+)", place) for place, _ in rows]
    if len(rows) != 3 or None in places:
        return [f"expected three places in the program, got {rows}"]
    commit = rows[1]
    fault = "call: VirtualAlloc, {}, return: E_OUTOFMEMORY"
    command = ("run", "--hook", "--verbose", "--fault")
    return check_cases(windows, (
        ((*command, fault.format(f'from: "{places[1].group(2)}"'), "--", UNMODIFIED), 0, r"the commit failed with 8", r"^$"),
        ((*command, fault.format(f'site: "{commit[1]}", when: 1'), "--", UNMODIFIED), 0, r"the commit failed with 8", r"^$"),
        ((*command, fault.format(f'site: "{commit[1]}", when: 2'), "--", UNMODIFIED), 1, r"unfired", r"^$"),
        ((*command, fault.format(f'from: "other.exe{places[1].group(2)[-7:]}"'), "--", UNMODIFIED), 1, r"unfired", r"^$"),
    ))


def check_finding(windows):
    """A finding is shown again, and made smaller, by its name alone: that it was made under the hook is part of it."""
    sweep = ("sweep", "--hook", "--failures", "E_OUTOFMEMORY", "--sites", "main at *", "--results", "careless", "--json", "--quiet", "--", UNMODIFIED, "careless")
    status, out, err = windows.tool(*sweep)
    findings = json.loads(out)["findings"] if status == 1 else []
    if [finding["outcome"] for finding in findings] != ["crashed"]:
        return [f"expected one crash, got status {status}:\n{out}{err}"]
    results = ("--results", "careless")
    return check_cases(windows, (
        (("replay", findings[0]["id"], *results), 0, r"1 scenario: 1 as expected.*1 as before", r"^$"),
        (("minimize", findings[0]["id"], *results, "--quiet"), 0, r"(?s)HF_HOOK: memory.*outcome: \[crashed\]", r"^"),
    ))


BAD_HOST = str(BIN / "windows_bad_host.exe")
ONE_REFUSED = ("run", "--hook", "--fault", "call: VirtualAlloc, where: {size: 128K}, when: 2, return: E_OUTOFMEMORY", "--", BAD_HOST)
NONE_REFUSED = ("run", "--hook", "--fault", "call: VirtualAlloc, where: {size: 128K}, when: 9, return: E_OUTOFMEMORY, optional: true", "--", BAD_HOST)
SWEEP_HOST = ("sweep", "--hook", "--methods", "VirtualAlloc", "--failures", "E_OUTOFMEMORY", "--results", "hosts", "--", BAD_HOST)
# A host that is linked with the shim, and has the hook under it: what it answers wrongly is a finding, and whose it is is said.
HOST_CASES = (
    ((*ONE_REFUSED, "good"), 0, r"^(?s:(?!host:).)*reported(?s:(?!host:).)*$", r"^$"),
    ((*NONE_REFUSED, "good"), 0, r"^ok(?s:(?!host:).)*$", r"^$"),
    ((*ONE_REFUSED, "null"), 1, r"violated: host: success and null: VirtualAlloc answered S_OK and a null pointer, 131072 bytes", r"^$"),
    ((*NONE_REFUSED, "null-heap"), 1, r"violated: host: success and null: CreateMalloc ", r"^$"),
    ((*ONE_REFUSED, "absent"), 1, r"violated: host: success without the memory: VirtualAlloc ", r"^$"),
    ((*NONE_REFUSED, "accepts"), 1, r"violated: host: success for a bad call: VirtualProtect ", r"^$"),
    ((*NONE_REFUSED, "keeps"), 1, r"violated: host: kept released memory: VirtualFree ", r"^$"),
    ((*ONE_REFUSED, "leaks"), 1, r"violated: host: leaked in a failed call: VirtualAlloc ", r"^$"),
    ((*SWEEP_HOST, "good"), 0, r"4 reported\n0 findings", r"^$"),
    ((*SWEEP_HOST, "leaks"), 1, r"(?s)host: leaked in a failed call.*2 reported, 2 violated\n1 finding", r"^$"),
    ((*SWEEP_HOST, "keeps"), 3, r"^$", r"without any fault the caller ends violated: host: kept released memory"),
)


def check_hosts(windows):
    """Each defect of a host is found, and is the host's; a good one has none. Every clause that a host can break has its case."""
    clauses = re.findall(r'^HF_CLAUSE\(\w+, "(host: [^"]+)"', (SOURCE / "harness/src/verdict/verdict_clause.def").read_text(encoding="utf-8"), re.M)
    without = [clause for clause in clauses if not any(f"violated: {clause}: " in case[2] for case in HOST_CASES)]
    print(f"hosts: {len(HOST_CASES)} commands, {len(clauses)} clauses")
    return check_cases(windows, HOST_CASES) + ([] if clauses and not without else [f"clauses of hosts without a case: {without or 'all'}"])


PLACES = str(BIN / "windows_places.exe")
PLACES_OF = ("take_global", "take_heap", "take_in_place", "take_local", "take_string", "take_task", "take_view")
# What HeapDestroy gives back: the three blocks, in the order of the heap.
DESTROYED = r"CreateMalloc [^\n]*\n(  Malloc\.Alloc [^\n]*\n){3}(# Malloc\.Free address=H\d+ -> S_OK\r?\n){3}  Malloc\.Alloc"


def check_places(windows):
    """Memory that is taken in other ways than by HeapAlloc and VirtualAlloc: each is a place of the program's, can fail, and is given back."""
    sweep = ("sweep", "--hook", "--failures", "E_OUTOFMEMORY", "--sites", "take_* at *", "--results", "places", "--json", "--quiet", "--", PLACES)
    status, out, err = windows.tool(*sweep)
    if status != 0:
        return [f"places: status {status}:\n{out}{err}"]
    summary = json.loads(out)
    with sqlite3.connect(WORK / "places/hostfault.db") as database:
        names = {place.split()[0] for (place,) in database.execute("SELECT place FROM site")}
    database.close()
    problems = [] if names.issuperset(PLACES_OF) else [f"places: only {sorted(names)}"]
    if summary["outcomes"] != {"reported": summary["points"]} or summary["points"] < 2 * len(PLACES_OF):
        problems.append(f"places: {summary}")
    status, out, err = windows.tool("record", "--hook", "--results", "places", "--", PLACES)
    folder = re.search(r"(?m)^folder +(\S+)", out)
    status, out, err = windows.tool("trace", folder.group(1) if folder else "missing")
    print(f"places: {summary['points']} points")
    return problems + ([] if re.search(DESTROYED, out) else [f"HeapDestroy's blocks are not given back:\n{out}{err}"])


def check_pdb(windows):
    """A program as Microsoft's compiler and linker make it: its names and lines come from its PDB, or it is said where none was found."""
    for program in pdb.NEEDED:
        if not shutil.which(program):
            print(f"SKIPPED: pdb: no {program} here (Debian's packages clang, lld, llvm)")
            return []
    folder = WORK / "pdb"
    (folder / "elsewhere").mkdir(parents=True)
    pdb.build(folder)
    shutil.copy(folder / "sample.exe", folder / "elsewhere/sample.exe")
    fault = ("run", "--hook", "--fault", "call: VirtualAlloc, when: 2, return: E_OUTOFMEMORY", "--")
    named = r"in net::Buffer::write at .*sample.cpp:\d+, through a null pointer\n.* in net::Buffer::grow at .*sample.cpp:\d+\n(?s:.*)sample.exe!start\+0x\w+ \(.*sample.cpp:\d+\)"
    problems = check_cases(windows, (
        ((*fault, "pdb/sample.exe"), 1, named, r"^$"),
        (("run", "--hook", "--fault", "call: VirtualAlloc, from: 'net::Buffer::gro', return: E_OUTOFMEMORY", "--", "pdb/sample.exe"), 2, r"did you mean 'net::Buffer::grow'", r"^$"),
        (("run", "--hook", "--fault", "call: VirtualAlloc, from: 'net::Buffer::grow', when: 1, return: E_OUTOFMEMORY", "--", "pdb/sample.exe"), 0, r"reported", r"^$"),
    ))
    os.rename(folder / "sample.pdb", folder / "store.pdb")  # where the linker wrote it is looked as well
    lost = r"sample.exe has no symbol table, and sample.pdb is neither beside it nor in a folder of _NT_SYMBOL_PATH"
    problems += check_cases(windows, (
        ((*fault, "pdb/elsewhere/sample.exe"), 1, r"ended +in sample.exe\+0x\w+, through a null pointer", r"^$"),
        (("run", "--hook", "--fault", "call: VirtualAlloc, from: grow, return: E_OUTOFMEMORY", "--", "pdb/elsewhere/sample.exe"), 2, f"no such function; {lost}", r"^$"),
        (("sweep", "--hook", "--results", "unnamed", "--", "pdb/elsewhere/sample.exe"), 1, f"note +{lost}: its functions are named", r"^$"),
    ))
    (folder / "store").mkdir()
    os.rename(folder / "store.pdb", folder / "store/sample.pdb")
    before = windows.environment
    windows.environment = {**before, "_NT_SYMBOL_PATH": "srv*" + windows_path(folder / "store") + "*https://symbols.example/none"}
    problems += check_cases(windows, (((*fault, "pdb/elsewhere/sample.exe"), 1, named, r"^$"),))
    windows.environment = before
    (folder / "elsewhere/sample.pdb").write_bytes(b"Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0" + bytes(4096))
    problems += check_cases(windows, (
        (("run", "--hook", "--fault", "call: VirtualAlloc, from: grow, return: E_OUTOFMEMORY", "--", "pdb/elsewhere/sample.exe"), 2, r"sample.pdb cannot be read: it is cut short", r"^$"),
    ))
    print("pdb: 8 commands")
    return problems


def windows_path(path):
    return "Z:" + str(path).replace("/", "\\")


OF_OTHERS = SOURCE / "out/windows-programs"
SEVEN_ZIP = str(OF_OTHERS / "7za/x64/7za.exe")
ESBUILD = str(OF_OTHERS / "esbuild/esbuild.exe")
# In 7-Zip 18.01: a string lets its old text go before it has the new one, and again when it is destroyed because of that.
DOUBLE_FREE = 'call: Malloc.Alloc, from: "7za.exe+0x4c084", when: 1, return: E_OUTOFMEMORY'


def sweep_of(windows, results, command):
    """The summary of a sweep over the calls of VirtualAlloc, and the exit statuses of its points."""
    status, out, err = windows.tool("sweep", "--hook", "--methods", "VirtualAlloc", "--failures", "E_OUTOFMEMORY", "--results", results, "--json", "--quiet", "--", *command)
    if status not in (0, 1):
        return None, f"{command[0]}: status {status}:\n{out}{err}"
    with sqlite3.connect(WORK / results / "hostfault.db") as database:
        ends = database.execute("SELECT DISTINCT exit_status FROM point").fetchall()
    database.close()
    return json.loads(out), {end for (end,) in ends}


def check_seven_zip(windows):
    """It makes the same calls each time, and every one that fails is told: exit status 8."""
    command = (SEVEN_ZIP, "a", "x.7z", "-mmt1", str(WORK / "packed.txt"))
    summary, ends = sweep_of(windows, "seven-zip", command)
    if summary is None:
        return [ends]
    points = summary["points"]
    good = points >= 6 and summary["outcomes"] == {"reported": points} and summary["varying_sites"] == 0 and not summary["findings"] and ends == {8}
    print(f"7za: {summary['calls']} calls of {summary['sites']} sites, {points} points")
    problems = [] if good else [f"7za: expected every point reported with exit status 8, got {ends} and {summary}"]
    return problems + check_cases(windows, (
        (("run", "--hook", "--fault", DOUBLE_FREE, "--", *command), 1, r"violated: double free", r"^$"),
        (("record", "--hook", "--", str(OF_OTHERS / "7za/ia32/7za.exe")), 2, r"^$", r"7za.exe is not for 64-bit x86 \(machine 0x014C\)"),
    ))


def check_esbuild(windows):
    """A program in Go: how often it asks varies from run to run, so that its calls are told by their sites; and its stacks have no unwind tables."""
    summary, _ = sweep_of(windows, "esbuild", (ESBUILD, "--bundle", "--minify", str(WORK / "packed.ts")))
    if summary is None:
        return [_]
    outcomes, points = summary["outcomes"], summary["points"]
    good = summary["sites"] >= 10 and outcomes.get("ok", 0) >= 10 and outcomes.get("reported", 0) >= 5 and summary["drifted"] <= points / 4
    print(f"esbuild: {summary['calls']} calls of {summary['sites']} sites, {points} points, {summary['drifted']} drifted")
    return [] if good and not summary["unstable"] else [f"esbuild: {summary}"]


def check_programs(windows):
    """Programs of others, as they are."""
    status = subprocess.run([SOURCE / "scripts/windows-programs"], check=False).returncode
    if status == 77:  # it said which, and why
        return []
    if status != 0:
        return [f"scripts/windows-programs ended with status {status}"]
    (WORK / "packed.txt").write_text("".join(f"line {number}\n" for number in range(5000)), encoding="ascii")
    (WORK / "packed.ts").write_text("export const one: number = 1;\nconsole.log(one + 2);\n", encoding="ascii")
    return check_seven_zip(windows) + check_esbuild(windows)
