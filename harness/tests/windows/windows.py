#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The tool on Windows, with mingw and Wine: the contract, the golden traces, the specimens' verdicts, and the output of the command line.

usage: windows.py [PART...]     parts: contract golden specimens msvc command-line clrhost install hook hosts places pdb programs unittest; all of them if none is named
Exit status: 0 success, 1 something differs, 77 mingw or Wine is missing, or the sources of the tool's libraries are not available.

Builds the preset mingw first. Starts Wine once for each command; a process that only waits keeps Wine's server running meanwhile.
"""
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True  # the tree stays as it is
sys.path.insert(0, str(HERE.parent / "support"))
import wine  # noqa: E402
from cases import BIN, NO_MEMORY, SOURCE, WORK, check_cases, make_bad_programs  # noqa: E402
from hook import UNMODIFIED, check_hook, check_hosts, check_pdb, check_places, check_programs  # noqa: E402
from unit_test import check_unit_test  # noqa: E402

GOLDEN_FLOOR, SPECIMENS_FLOOR = {"clr": 75, "lua": 11}, 60


class Windows:
    """Wine with its server awake, and the folder that everything is written in."""

    def __init__(self):
        self.wine = wine.find_wine()
        self.environment = wine.environment()
        if not shutil.which("x86_64-w64-mingw32-gcc"):
            wine.skip("no x86_64-w64-mingw32-gcc here (Debian's package gcc-mingw-w64-x86-64-win32)")
        with wine.locked():
            libraries = subprocess.run([SOURCE / "scripts/windows-libraries"], check=False)
            if libraries.returncode != 0:
                sys.exit(libraries.returncode)
            wine.run_or_end(["cmake", "--preset", "mingw"])
            wine.run_or_end(["cmake", "--build", "--preset", "mingw"])
        shutil.rmtree(WORK, ignore_errors=True)
        WORK.mkdir(parents=True)
        self.keeper = self.start([BIN / "windows_keep.exe"], subprocess.DEVNULL, subprocess.DEVNULL)
        self.run(["cmd", "/c", "exit"])
        # The default is Windows 7, which some programs refuse.
        self.run(["winecfg", "-v", "win10"])

    def start(self, command, out, err, folder=WORK):
        command = [self.wine, *map(str, command)]
        return subprocess.Popen(command, cwd=folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err)

    def run(self, command, folder=WORK):
        """Exit status, stdout, stderr."""
        with open(WORK / "stdout", "wb") as out, open(WORK / "stderr", "wb") as err:
            status = self.start(command, out, err, folder).wait()
        texts = [(WORK / name).read_text(encoding="utf-8", errors="replace") for name in ("stdout", "stderr")]
        return status, texts[0], "".join(line for line in texts[1].splitlines(True) if not line.startswith("wine: "))

    def tool(self, *arguments):
        return self.run([BIN / "hostfault.exe", *arguments])

    def close(self):
        self.keeper.kill()
        self.keeper.wait()


def check_contract(windows):
    status, out, err = windows.run([BIN / "contract_windows.exe"])
    return [] if status == 0 else [f"the contract is not kept (status {status}):\n{out}{err}"]


def listed(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def scenarios_for_windows():
    """Those of callers that are built for Windows; and which callers are not."""
    missing = [name for name in ("lua", "sqlite", "jemalloc") if not (BIN / f"hf-caller-{name}.exe").exists()]
    others = re.compile(rf"^caller: *({'|'.join(missing)})\b", re.M)
    paths = sorted(path for path in (SOURCE / "scenarios").glob("*/*.yaml") if path.parent.name != "invalid")
    return [path for path in paths if not missing or not others.search(path.read_text(encoding="utf-8"))], missing


def check_golden(windows):
    """Every scenario as expected, and its trace the one that Linux gives, but for those that are listed with a reason."""
    baseline = SOURCE / "results/baseline"
    shutil.copytree(baseline / "traces", WORK / "baseline/traces")
    here = listed(baseline / "not-compared-windows.txt")
    (WORK / "baseline/not-compared.txt").write_text("\n".join(listed(baseline / "not-compared.txt") + here) + "\n", encoding="utf-8")
    found, missing = scenarios_for_windows()
    paths = [path.relative_to(SOURCE) for path in found]
    os.symlink(SOURCE / "scenarios", WORK / "scenarios")
    status, out, err = windows.tool("run", *paths, "--baseline", "baseline/traces", "--results", "golden", "--quiet")
    problems = [] if status == 0 else [f"status {status}:\n{out}{err}"]
    same = re.search(r"traces: (\d+) as before", out)
    count = int(same.group(1)) if same else 0
    floor = sum(traces for caller, traces in GOLDEN_FLOOR.items() if caller not in missing)
    if count < floor:
        problems.append(f"only {count} golden traces were compared, the floor is {floor}:\n{out[-2000:]}{err}")
    print(f"golden: {count} traces equal those of Linux; {len(here)} are not compared on Windows; callers not built: {' '.join(missing) or 'none'}")
    return problems + [f"{line.split()[0]} is listed and no scenario" for line in here if not (SOURCE / f"scenarios/{line.split()[0]}.yaml").exists()]


def specimen_scenarios():
    rows = re.findall(r'^HF_SPECIMEN(|_STRICT|_GUARDED)\("([^"]+)", "([^"]+)", (\w+), (\w+),', (HERE.parent / "specimens/specimens.def").read_text(encoding="utf-8"), re.M)
    for number, (kind, name, fault, outcome, response) in enumerate(rows):
        if not (BIN / f"hf-caller-specimen-{name}.exe").exists():
            continue
        host = "host: { guard: pages }\n" if kind == "_GUARDED" else ""
        strict = ", after-fault: no-request" if kind == "_STRICT" else ""
        expect = f"outcome: {outcome.lower()}" + ("" if response == "NONE" else f", response: {response.lower().replace('_', '-')}") + strict
        timeout = "4s" if outcome == "HUNG" else "20s"  # a busy machine takes a second to start one
        yield f"name: {name}-{number}\ncaller: specimen-{name}\ntimeout: {timeout}\n{host}faults:\n  - {{ {fault} }}\nexpect: {{ {expect} }}\n"


def check_specimens(windows):
    """Each specimen's one defect gives the verdict here that it gives on Linux."""
    documents = list(specimen_scenarios())
    (WORK / "specimens.yaml").write_text("---\n".join(documents), encoding="utf-8")
    status, out, err = windows.tool("run", "specimens.yaml", "--results", "specimens", "--quiet")
    print(f"specimens: {len(documents)} verdicts")
    problems = [] if status == 0 else [f"status {status}:\n{out}{err}"]
    return problems + ([] if len(documents) >= SPECIMENS_FLOOR else [f"only {len(documents)} specimens; the floor is {SPECIMENS_FLOOR}"])


DIES = str(BIN / "windows_dies.exe")
# Arguments, exit status, what stdout and stderr must match.
CASES = (
    (("--version",), 0, r"^hostfault \d", r"^$"),
    (("list", "callers"), 0, r"(?s)^caller .*\nclr .*\nclrhost .*\njemalloc +- .*missing", r"^$"),
    (("doctor", "--results", "results", "--callers", "talks"), 0, r"talks: .*wrote more than 4096 bytes", r"^$"),
    (("doctor", "--results", "results"), 0, r"(?s)ok +processes .*note +isolation", r"^$"),
    (("run", "--caller", "specimen-crashes-on-null", *NO_MEMORY), 1, r"(?s)ended by access violation \(0xC0000005\) at 0x10 after fault 1.*then misused.*where it ended\n +hf-caller-specimen-crashes-on-null.exe!work\+.*\n +ntdll.dll!RtlUserThreadStart", r"^$"),
    (("run", "--caller", "specimen-aborts", *NO_MEMORY), 1, r"aborted: ended with exit status 3, but not by exit", r""),
    (("run", "--caller", "specimen-waits-forever", "--timeout", "4s", *NO_MEMORY), 1, r"hung: did not end within 4000 ms", r"^$"),
    (("run", *NO_MEMORY, "--", "mit Leerzeichen é/münze.exe"), 0, r"reported", r"^$"),
    (("run", *NO_MEMORY, "--", "mit Leerzeichen é\\münze", "\"", "a b\\"), 0, r"reported", r"^$"),
    (("run", *NO_MEMORY, "--", "./nowhere.exe"), 2, r"nowhere.exe: no such program", r"^$"),
    (("run", *NO_MEMORY, "--", "nowhere"), 2, r"nowhere: no such program in PATH", r"^$"),
    (("run", *NO_MEMORY, "--", "./script.cmd"), 2, r"script.cmd is a script of cmd, not a program; write: cmd /c", r"^$"),
    (("run", *NO_MEMORY, "--", "./no-program.exe"), 2, r"no-program.exe is not a program for this machine", r"^$"),
    (("run", *NO_MEMORY, "--", "./of-32-bits.exe"), 2, r"of-32-bits.exe is not a program for this machine", r"^$"),
    (("run", *NO_MEMORY, "--", str(BIN / "windows_needs_missing.exe")), 3, r"ended by 0xC0000135: a DLL that it needs is missing and never attached", r"^$"),
    (("run", *NO_MEMORY, "--", "cmd", "/c", "exit 5"), 3, r"ended with exit status 5 and never attached", r"^$"),
    (("run", "--results", "a-file/below", "--caller", "specimen-reports", *NO_MEMORY), 3, r"^$", r"a-file/below"),
    (("run", "--fault", "call: VirtualAlloc, from: work", "--fault", "call: VirtualAlloc, return: E_OTHER", "--caller", "clr"), 2, r"^$", r"E_OTHER"),
    (("run", "--caller", "specimen-reports", "--fault", "call: VirtualAlloc, from: work, return: E_OUTOFMEMORY"), 0, r"reported", r"^$"),
    (("run", "--caller", "specimen-reports", "--fault", "call: VirtualAlloc, from: wrok, return: E_OUTOFMEMORY"), 2, r"did you mean 'work'", r"^$"),
    # How a process dies is looked at from outside: where it was, and every thread of one that hangs.
    (("run", *NO_MEMORY, "--", DIES, "call-null"), 1, r"at 0x0 after fault 1(?s:.*)where it ended\n +0x0\n +windows_dies.exe!call_null\+", r"^$"),
    (("run", *NO_MEMORY, "--", DIES, "read-wild"), 1, r"\(0xC0000005\) after fault 1(?s:.*)where it ended\n +windows_dies.exe!read_wild\+", r"^$"),
    (("run", *NO_MEMORY, "--", DIES, "raise-own"), 1, r"aborted: ended by exception \(0xE0001234\)(?s:.*)where it ended\n.*\n +windows_dies.exe!raise_own\+", r"^$"),
    (("run", *NO_MEMORY, "--", DIES, "fail-fast-exception"), 1, r"aborted: ended by fail fast exception \(0xC0000602\)", r"^$"),
    (("run", *NO_MEMORY, "--", DIES, "fail-fast"), 1, r"aborted: ended by fail fast \(0xC0000409\)(?s:.*)where it ended\n +windows_dies.exe!fail_fast\+", r"^$"),
    (("run", "--timeout", "4s", *NO_MEMORY, "--", DIES, "hang"), 1,
     r"(?s)where it hangs\n.*windows_dies.exe!hang\+.*another thread[^\n]*:\n.*windows_dies.exe!sleep_too\+", r"^$"),
    (("sweep", "--caller", "specimen-leaks-heap", "--failures", "E_OUTOFMEMORY"), 1,
     r"(?s)leaked    memory allocated in work at hf-caller-specimen-leaks-heap.exe\+0x\w+.*3 calls of 3 sites; 6 points, made each from the start, "
     r"because this system has no clones\n1 ok, 2 reported, 3 leaked\n1 finding", r"^$"),
)


def check_command_line(windows):
    make_bad_programs()
    (WORK / "talks").mkdir()
    shutil.copy(DIES, WORK / "talks/hf-caller-talks.exe")
    problems = check_cases(windows, CASES)
    print(f"command line: {len(CASES)} commands")
    return problems + check_orphans(windows)


def command_line(path):
    try:
        return path.read_bytes()
    except OSError:  # it has ended meanwhile
        return b""


def count_marked(mark):
    lines = [command_line(path) for path in Path("/proc").glob("[0-9]*/cmdline")]
    return sum(b"leaves_others" in line and mark.encode() in line and b"hostfault.exe" not in line for line in lines)


def check_orphans(windows):
    """What a program left behind is gone when its time is up, and when the tool itself is killed."""
    mark = f"mark-{os.getpid()}"
    program = ("--fault", "call: VirtualAlloc, return: E_OUTOFMEMORY, optional: true", "--", str(BIN / "windows_leaves_others.exe"), mark)
    windows.tool("run", "--timeout", "1s", *program)
    left = count_marked(mark)
    problems = [] if left == 0 else [f"{left} processes outlived the time-out"]
    with open(WORK / "killed", "wb") as out:
        tool = windows.start([BIN / "hostfault.exe", "run", "--timeout", "60s", *program], out, out)
        deadline = time.monotonic() + 20
        running = 0
        while running < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
            running = count_marked(mark)
        tool.kill()
        tool.wait()
    deadline = time.monotonic() + 5
    while count_marked(mark) > 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    print(f"orphans: {running} processes ended with the tool")
    if running != 2 or count_marked(mark) != 0:
        problems.append(f"{running} processes ran, expected 2; {count_marked(mark)} outlived the tool")
    return problems


MISSING = r"clrhost: no .NET Framework on this machine: mscoree.dll cannot be loaded \(0x8007007E\)"
HELLO = ("--", str(WORK / "clrhost/Größe.dll"), "Hello", "Run")
CLRHOST = ("--callers", "clrhost", "--caller", "clrhost")
# The caller clrhost where there is no CLR, and over the stand-in, which calls the host as the CLR does.
CLRHOST_MISSING_CASES = (
    (("run", "--caller", "clrhost", *NO_MEMORY), 3, rf"caller clrhost cannot run on this machine; it said: {MISSING};", r"^$"),
    (("sweep", "--caller", "clrhost"), 3, r"^$", rf"caller clrhost cannot run on this machine; it said: {MISSING}\r?\n$"),
)
CLRHOST_CASES = (
    (("run", *CLRHOST, "--verbose", "--fault", "call: Control.GetHostManager, when: 1, return: E_NOINTERFACE", *HELLO, "jit"), 0,
     r"(?s)! Control.GetHostManager iid=0x7BC698D1 -> E_NOINTERFACE .*Control.GetHostManager iid=0x997FF24C -> E_NOINTERFACE ", r"^$"),
    (("run", *CLRHOST, "--verbose", "--fault", "call: CreateMalloc, return: E_OUTOFMEMORY", *HELLO, "jit"), 0,
     r"(?s)reported.*SetHostControl failed with 0x8000FFFF", r"^$"),
    (("run", *CLRHOST, "--fault", "call: RegisterMemoryNotificationCallback, return: E_FAIL", *HELLO, "jit"), 1, r"violated", r"^$"),
    (("run", *CLRHOST, "--verbose", "--fault", "call: VirtualAlloc, when: 20, return: HOST_E_TIMEOUT", *HELLO, "jit"), 0,
     r"(?s)rolled-back.*Start failed with 0x80004005", r"^$"),
    (("run", *CLRHOST, "--verbose", "--fault", "call: VirtualAlloc, phase: running, when: 2+, return: E_OUTOFMEMORY", *HELLO, "alloc"), 0,
     r"(?s)reported.*ExecuteInDefaultAppDomain failed with 0x8007000E", r"^$"),
    (("run", *CLRHOST, *NO_MEMORY, "--", "nowhere.dll", "Hello", "Run"), 2, r"caller clrhost does not take these arguments.*nowhere.dll: no such assembly", r"^$"),
    # Its code is loaded behind the attachment: places of it are known all the same, or what it leaves by design would count as leaked.
    (("sweep", *CLRHOST, "--failures", "E_OUTOFMEMORY", *HELLO, "jit"), 1, r"(?s)at mscoree.dll\+0x\w+\n.*\n9 ok, 110 reported, 7 storm\n3 findings", r"^$"),
)


def check_clrhost(windows):
    folder = WORK / "clrhost"
    folder.mkdir()
    for file in (BIN / "hf-caller-clrhost.exe", BIN.parent / "stand-in-clr/mscoree.dll"):
        shutil.copy(file, folder)
    (folder / "Größe.dll").write_text("", encoding="ascii")
    status, out, err = windows.run([BIN / "hf-caller-clrhost.exe"])
    problems = [] if (status, out) == (77, "") and re.fullmatch(MISSING + r"\r?\n", err) else [f"clrhost: status {status}, expected 77\n{out}{err}"]
    problems += check_cases(windows, CLRHOST_MISSING_CASES)
    before = windows.environment
    windows.environment = {**before, "WINEDLLOVERRIDES": before["WINEDLLOVERRIDES"].replace("mscoree,", "mscoree=n;")}
    problems += check_cases(windows, CLRHOST_CASES)
    windows.environment = before
    print(f"clrhost: {len(CLRHOST_MISSING_CASES) + len(CLRHOST_CASES)} commands")
    return problems


INSTALLED = WORK / "Gerät 1/host fault"
SHARE = "../Gerät 1/host fault/share/hostfault/scenarios"


def check_package(prefix):
    """Nothing in it remembers where it was made."""
    files = [path for path in prefix.rglob("*") if path.suffix in (".cmake", ".h", ".pc")]
    marks = (str(SOURCE).encode(), str(prefix).encode())
    return [f"{path} holds an absolute path" for path in files if any(mark in path.read_bytes() for mark in marks)]


def build_by_package(name, source):
    folder = WORK / name
    toolchain = SOURCE / "scripts/cmake/mingw.cmake"
    wine.run_or_end(["cmake", "-S", str(source), "-B", str(folder), "-G", "Ninja", "--toolchain", str(toolchain), f"-DCMAKE_PREFIX_PATH={INSTALLED}"])
    wine.run_or_end(["cmake", "--build", str(folder)])
    return folder


def check_install(windows):
    """Installed where paths are hard to write, run from elsewhere; and what customers build with it."""
    wine.run_or_end(["cmake", "--install", str(BIN.parent), "--prefix", str(INSTALLED)])
    problems = check_package(INSTALLED)
    tool = INSTALLED / "bin/hostfault.exe"
    customer = build_by_package("customer", HERE.parent / "install/customer")
    example = build_by_package("Beispiel für Wirte", SOURCE / "harness/example")
    (WORK / "anderswo").mkdir()
    commands = (
        ("anderswo", (tool, "list", "callers"), 0, r"(?m)^clr .*\n^clrhost "),
        ("anderswo", (tool, "run", f"{SHARE}/time-out", f"{SHARE}/heap/domain-object.yaml", "--results", "Ergebnisse ß"), 0, r"[0-9]+ scenarios: ([0-9]+) as expected; "),
        ("anderswo", (tool, "run", "--hook", "--fault", "call: VirtualAlloc, when: 2, return: E_OUTOFMEMORY", "--", UNMODIFIED), 0, r"rolled-back"),
        ("customer", (customer / "customer.exe",), 0, r"^customer: good"),
        ("customer", (customer / "driver.exe",), 0, r"^driver: good"),
        (example.name, (example / "budget-log.exe", "--contract"), 0, r"contract: 0 clauses not kept"),
        (example.name, (tool, "contract", "--", "./budget-log.exe"), 0, r"(?m)^142 clauses: 138 kept, 0 not kept, 4 excused"),  # which Wine does not keep
        (example.name, (tool, "run", "budget-log.yaml"), 0, r"4 scenarios: 4 as expected"),
        (example.name, (tool, "run", f"../{example.name}/budget-log.yaml#no-text", "--results", "wieder"), 0, r"1 as expected"),
    )
    for folder, command, wanted, pattern in commands:
        status, out, err = windows.run(command, WORK / folder)
        if status != wanted or not re.search(pattern, out):
            problems.append(f"{' '.join(map(str, command))}\n  status {status}, expected {wanted}\n  stdout /{pattern}/:\n{out}{err}")
    if not (WORK / "anderswo/Ergebnisse ß/runs").is_dir():
        problems.append("the folder of results is not where it was asked for")
    print(f"install: {len(commands)} commands, 2 projects of customers")
    return problems


def check_msvc(windows):
    """A program by the rules of Microsoft's compiler and linker, over hostfault.dll; and what the DLL shows."""
    for program in ("clang", "lld-link"):
        if not shutil.which(program):
            print(f"SKIPPED: msvc: no {program} here (Debian's packages clang, lld)")
            return []
    here = HERE.parent / "install"
    headers = subprocess.run(["clang", "-print-resource-dir"], capture_output=True, text=True, check=True).stdout.strip() + "/include"
    include = ["-isystem", str(here / "windows-sdk"), "-isystem", headers, "-I", str(SOURCE / "harness/include")]
    target = ["clang", "--target=x86_64-pc-windows-msvc", "-ffreestanding", "-nostdinc", "-O1", "-std=c++17", "-Wall", "-Wextra", "-Werror", *include]
    wine.run_or_end([*target, "-c", str(HERE / "msvc_host.cpp"), "-o", str(WORK / "msvc_host.obj")])
    library = str(BIN.parent / "lib/hostfault.lib")
    wine.run_or_end(["lld-link", "/subsystem:console", "/entry:start", "/nodefaultlib", f"/out:{BIN / 'msvc_host.exe'}", str(WORK / "msvc_host.obj"), library])
    status, out, err = windows.run([BIN / "msvc_host.exe"])
    problems = [] if status == 42 else [f"msvc_host.exe: status {status}, expected 42\n{out}{err}"]
    names = subprocess.run(["x86_64-w64-mingw32-objdump", "-p", str(BIN / "hostfault.dll")], capture_output=True, text=True, check=True).stdout
    exported = re.findall(r"^\t\[ *\d+\](?: \+base\[ *\d+\])? +(?:[0-9a-f]{4} )?(\w+)$", names, re.M)
    if len(exported) < 30 or [name for name in exported if not name.startswith("hf_")]:
        problems.append(f"hostfault.dll shows other names than ours, or too few: {exported}")
    needed = set(re.findall(r"DLL Name: (\S+)", names))
    if not needed <= {"KERNEL32.dll", "msvcrt.dll", "api-ms-win-core-synch-l1-2-0.dll", "ntdll.dll"}:
        problems.append(f"hostfault.dll needs {sorted(needed)}")
    print(f"msvc: 1 program, {len(exported)} exported functions")
    return problems


PARTS = {
    "contract": check_contract,
    "msvc": check_msvc,
    "golden": check_golden,
    "specimens": check_specimens,
    "command-line": check_command_line,
    "clrhost": check_clrhost,
    "install": check_install,
    "hook": check_hook,
    "hosts": check_hosts,
    "places": check_places,
    "pdb": check_pdb,
    "programs": check_programs,
    "unittest": check_unit_test,
}


def main():
    wanted = sys.argv[1:] or list(PARTS)
    for name in wanted:
        if name not in PARTS:
            sys.exit(f"no part {name}; there are {' '.join(PARTS)}")
    windows = Windows()
    problems = []
    try:
        for name in wanted:
            begun = time.monotonic()
            found = PARTS[name](windows)
            print(f"{name}: {'good' if not found else 'FAILED'} ({time.monotonic() - begun:.1f} s)", flush=True)
            problems += found
    finally:
        windows.close()
    for problem in problems:
        print("FAILED", problem)
    print(f"{len(wanted)} parts, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
