#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Unmodified programs under the shim: each function's failures as its manual page lists them, difficult cases, programs with their own allocators, refused programs, repeatable runs, real programs.

usage: preload.py functions|kinds|allocators|refused|steady|trap|container|unseen|valgrind|programs|strict BIN FOLDER    (BIN has hostfault and the test programs, FOLDER is recreated)
"""
import json, os, re, shlex, shutil, stat, subprocess, sys

part, BIN, FOLDER = sys.argv[1:4]
TOOL = os.path.join(BIN, "hostfault")
FAMILY, KINDS = os.path.join(BIN, "preload_family"), os.path.join(BIN, "preload_kinds")
ENOMEM, EAGAIN, EPERM, EACCES, ENFILE = 12, 11, 1, 13, 23
NUMBERS = {"ENOMEM": ENOMEM, "EAGAIN": EAGAIN, "EPERM": EPERM, "EACCES": EACCES, "ENFILE": ENFILE}
FAILS = {name: ["ENOMEM"] for name in "malloc calloc realloc reallocarray aligned_alloc posix_memalign memalign valloc pvalloc brk sbrk munmap".split()}
FAILS.update(mmap=["ENOMEM", "EAGAIN", "ENFILE", "EPERM", "EACCES"], mmap64=["ENOMEM", "EACCES"], mremap=["ENOMEM", "EAGAIN"],
             mprotect=["ENOMEM", "EACCES"], madvise=["ENOMEM", "EAGAIN"])
checks = 0


def run(*command, env=None):
    return subprocess.run(command, capture_output=True, text=True, cwd=FOLDER, timeout=280, env=env)


def expect(holds, what, got=None):
    global checks
    checks += 1
    if not holds:
        print("FAILED", what)
        if got is not None:
            print(got.stdout[-3000:], got.stderr[-3000:])
        sys.exit(1)


def trace_of_newest():
    runs = os.path.join(FOLDER, "results", "runs")
    newest = max((os.path.join(runs, name) for name in os.listdir(runs)), key=os.path.getmtime)
    return run(TOOL, "trace", newest).stdout, open(os.path.join(newest, "stdout")).read()


def source_of(name):
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), name)


def functions():
    for name, results in FAILS.items():
        for result in results:
            when = "2" if name == "mmap" else "1+"  # the program's own mmap comes first
            got = run(TOOL, "run", "--fault", f"call: {name}, when: {when}, return: {result}", "--", FAMILY, name)
            text, said = trace_of_newest()
            expect(f"{name} = NULL, errno {NUMBERS[result]}\n" == said, f"{name} fails with {result}: {said!r}", got)
            expect(re.search(rf"^! {name}\(.*\) = .*{result} rule=", text, re.M), f"the trace speaks of {name} and {result}: {text}")
    for word in ("Malloc.Alloc", "calloc", '[malloc, calloc]', '"c*c"'):
        run(TOOL, "run", "--fault", f"call: {word}, where: {{ size: \">=4K\" }}, return: E_OUTOFMEMORY", "--", FAMILY, "calloc")
        expect(trace_of_newest()[1] == "calloc = NULL, errno 12\n", f"call: {word} takes calloc")
    got = run(TOOL, "run", "--fault", "call: malloc, where: { size: \">=64K\" }, return: ENOMEM", "--", FAMILY, "calloc")
    expect(got.returncode == 1 and "unfired" in got.stdout, "call: malloc does not take calloc", got)
    got = run(TOOL, "run", "--fault", "call: free, return: ENOMEM", "--", FAMILY)
    expect(got.returncode == 2 and "free does not document ENOMEM (it documents no failure at all)" in got.stdout + got.stderr, "free cannot fail", got)
    got = run(TOOL, "run", "--fault", "call: malloc, return: EPERM", "--", FAMILY)
    expect(got.returncode == 2 and "malloc does not document EPERM" in got.stdout + got.stderr, "malloc fails with ENOMEM alone", got)
    got = run(TOOL, "record", "--", FAMILY, "edges")
    expect(got.returncode == 0, "edges run", got)
    expect(trace_of_newest()[1] == run(FAMILY, "edges").stdout, "what glibc answers by itself is as without the shim")


def kinds():
    got = run(TOOL, "record", "--", KINDS)
    text, said = trace_of_newest()
    expect(got.returncode == 0 and said == "done\n", "the hard places as without the shim: " + said, got)
    for size in (10, 20, 30, 40, 4321):
        expect(f"malloc({size}) = " in text, f"malloc({size}) is in the trace: {text}")
    expect("malloc(50)" not in text, "the child of fork is left alone")
    run(TOOL, "run", "--fault", "call: malloc, where: { size: 4321 }, return: ENOMEM", "--", KINDS)
    expect(trace_of_newest()[1] == "jumped\n", "a jump out of the caller of malloc")
    script = os.path.join(FOLDER, "wrapper")
    open(script, "w").write(f'#!/bin/sh\nexec {shlex.quote(FAMILY)} "$@"\n')
    os.chmod(script, 0o755)
    got = run(TOOL, "run", "--fault", "call: calloc, return: ENOMEM", "--", script, "calloc")
    expect(trace_of_newest()[1] == "calloc = NULL, errno 12\n", "the program behind a wrapper is the one that is tested", got)
    linked = os.path.join(BIN, "hf-caller-specimen-crashes-later")
    open(script, "w").write(f"#!/bin/sh\nexec {shlex.quote(linked)}\n")
    got = run(TOOL, "run", "--fault", "call: VirtualAlloc, return: HOST_E_TIMEOUT", "--", script)
    expect("crashed" in got.stdout, "and if it is linked with the shim, as that", got)
    got = run(TOOL, "run", "--fault", "call: VirtualAlloc, return: E_OUTOFMEMORY", "--", linked)
    expect("crashed" in got.stdout and got.returncode == 1, "a linked program attaches by itself", got)
    got = run(TOOL, "run", "--fault", "call: malloc, return: ENOMEM", "--", linked)
    expect(got.returncode == 2 and "linked with the shim" in got.stdout + got.stderr, "and has no functions", got)
    children = os.path.join(BIN, "preload_children")
    got = run(TOOL, "run", "--fault", "call: malloc, where: { size: 4321 }, return: ENOMEM", "--", children)
    text, said = trace_of_newest()
    expect(said.split() == ["popen", "system", "posix_spawn", "vfork", "NULL"], f"what it starts runs without faults: {said}", got)
    expect(text.count("malloc(4321)") == 1 and "calls=" in text, f"and its own calls are the trace's: {text}")
    got = run(TOOL, "run", "--fault", "call: malloc, when: 1+, return: ENOMEM", "--", children)
    expect("harness" not in got.stdout + got.stderr, "popen that fails is the program's to see", got)

    retries = os.path.join(FOLDER, "retries")
    open(retries + ".c", "w").write("#include <stdlib.h>\nvoid *kept;\n__attribute__((noinline)) void try_again(void) { while (kept == NULL) kept = malloc(64); }\n"
                                    "int main(void) { try_again(); return 0; }\n")
    if run("cc", "-g", "-O0", "-o", retries, retries + ".c").returncode == 0:
        got = run(TOOL, "run", "--timeout", "1s", "--fault", "call: malloc, return: ENOMEM, delay: 100ms", "--", retries)
        expect(re.search(r"in try_again at .*retries\.c:3, runs on", got.stdout), "a hang is where the program is, not in the library that stops it", got)

    program = os.path.join(FOLDER, "throws")
    if run("c++", "-o", program, source_of("preload_throws.cc")).returncode == 0:
        got = run(TOOL, "run", "--fault", "call: malloc, where: { size: 4321 }, return: ENOMEM", "--", program)
        expect(trace_of_newest()[1] == "thrown\nbad_alloc\n", "exceptions go through, and operator new fails as it should", got)
    else:
        print("not tried: C++")

    for sanitizer in ("address", "thread", "undefined"):
        program = os.path.join(FOLDER, sanitizer)
        source = source_of("preload_family.c")
        os.environ["ASAN_OPTIONS"] = "detect_leaks=0"  # the test program gives nothing back
        if run("cc", f"-fsanitize={sanitizer}", "-o", program, source).returncode != 0 or run(program, "calloc").returncode != 0:
            print("not tried:", sanitizer)
            continue
        got = run(TOOL, "run", "--fault", "call: calloc, where: { size: \">=64K\" }, return: ENOMEM", "--", program, "calloc")
        expect(trace_of_newest()[1] == "calloc = NULL, errno 12\n", f"a program with the {sanitizer} sanitizer", got)


def allocators():
    """An allocator of the program's own: a library of it, preloaded by the user, or part of its file."""
    tried = 0
    fault = "call: calloc, where: { size: \">=64K\" }, return: ENOMEM"
    for name in ("libjemalloc.so.2", "libtcmalloc.so.4", "libtcmalloc_minimal.so.4", "libmimalloc.so.2"):
        found = run("cc", f"-print-file-name={name}").stdout.strip()
        if not os.path.isabs(found):
            print("not installed:", name)
            continue
        tried += 1
        program = os.path.join(FOLDER, "with-" + name)
        built = run("cc", "-o", program, source_of("preload_family.c"), "-Wl,--no-as-needed", found)
        expect(built.returncode == 0, f"a program with {name} is built", built)
        for command, variables in (([program], {}), ([FAMILY], {"LD_PRELOAD": found})):
            options = [word for item in variables.items() for word in ("--env", "=".join(item))]
            got = run(TOOL, "run", *options, "--fault", fault, "--", *command, "calloc")
            expect(trace_of_newest()[1] == "calloc = NULL, errno 12\n", f"{name} stays in charge, and calloc fails: {command} {variables}", got)
            got = run(TOOL, "record", *options, "--", *command, "calloc")
            expect(got.returncode == 0 and trace_of_newest()[1] == "calloc = pointer, errno 0\n", f"{name} without faults", got)
    found = run("cc", "-print-file-name=libjemalloc.a").stdout.strip()
    program = os.path.join(FOLDER, "with-jemalloc-inside")
    if os.path.isabs(found) and run("cc", "-o", program, source_of("preload_family.c"), found, "-lstdc++", "-lm", "-lpthread", "-ldl").returncode == 0:
        tried += 1
        got = run(TOOL, "record", "--", program, "calloc")
        runs = os.path.join(FOLDER, "results", "runs")
        newest = max((os.path.join(runs, name) for name in os.listdir(runs)), key=os.path.getmtime)
        said = open(os.path.join(newest, "stderr")).read()
        expect("this program contains its own malloc" in said, f"a malloc inside the program is told in words: {said}", got)
    program = os.path.join(FOLDER, "takes-address")
    open(program + ".c", "w").write("#include <stdlib.h>\nint main(void) { void *(*volatile ask)(size_t) = malloc; free(ask(77)); return 0; }\n")
    if run("cc", "-no-pie", "-fno-pie", "-o", program, program + ".c").returncode == 0:
        got = run(TOOL, "record", "--", program)
        folder = re.search(r"^folder +(\S+)", got.stdout, re.M).group(1)
        said = open(os.path.join(FOLDER, folder, "stderr")).read()
        expect("malloc(77)" in trace_of_newest()[0] and said == "", f"one that takes malloc's address has none of its own: {said}", got)
    print(f"{tried} allocators were tried")


def refused():
    def says(command, *words, status=2):
        got = run(TOOL, "run", "--fault", "call: malloc, return: ENOMEM", "--", *command)
        expect(got.returncode == status and all(word in got.stdout + got.stderr for word in words), f"{command} is told in words", got)

    def make(name, text):
        path = os.path.join(FOLDER, name)
        open(path, "w").write(text)
        os.chmod(path, 0o755)
        return path

    says(["./nothing-here"], "no such program")
    says([FOLDER], "not an executable file")
    says([make("no-shebang", "just text\n")], "not a program for this machine")
    says([make("no-interpreter", "#!/nowhere/at-all\n")], "interpreter /nowhere/at-all does not exist")
    says([make("empty-interpreter", "#!\n")], "names no interpreter")
    plain = make("plain", "#!/bin/sh\n")
    os.chmod(plain, 0o644)
    says([plain], "not executable")
    source = os.path.join(FOLDER, "still.c")
    open(source, "w").write("int main(void) { return 0; }\n")
    for options, words in ((["-static"], ["linked statically"]), (["-static-pie"], ["linked statically"]), (["-m32"], ["32-bit x86"])):
        program = os.path.join(FOLDER, "still" + options[0])
        if run("cc", *options, "-o", program, source).returncode == 0:
            says([program], *words)
    program = os.path.join(FOLDER, "with-musl")
    if shutil.which("musl-gcc") is not None and run("musl-gcc", "-o", program, source).returncode == 0:
        says([program], "uses the C library musl")
    else:
        print("not tried: musl")
    program = os.path.join(FOLDER, "other-user")
    if run("cc", "-o", program, source).returncode == 0 and os.geteuid() == 0:
        os.chown(program, 65534, -1)
        os.chmod(program, 0o4755)
        says([program], "rights of another user")


def steady():
    program = os.path.join(BIN, "preload_steady")

    def printed(*options):
        got = run(TOOL, "record", "--no-stacks", *options, "--", program)
        expect(got.returncode in (0, 1), "it runs", got)
        return dict(line.split() for line in trace_of_newest()[1].splitlines())

    def swept(*words, env=None):
        got = run(TOOL, "sweep", "--no-proof", "--quiet", "--", program, *words, env={**os.environ, **(env or {})})
        expect(got.returncode in (0, 1), "it is swept", got)
        return got

    one, other = printed(), printed()
    expect(len(one) == 11 and all(one[name] != other[name] for name in one if name != "time"), f"two runs draw other numbers: {one} {other}")
    one, other = printed("--steady"), printed("--steady")
    expect(len(one) == 11 and one == other, f"with --steady they draw the same: {one} {other}")
    expect(len({one[name] for name in ("getrandom", "syscall", "getentropy", "urandom", "random", "AT_RANDOM")}) == 6, f"each source its own: {one}")
    got = run(TOOL, "run", "--steady", "--seed", "8", "--fault", "call: malloc, when: 900, return: ENOMEM, optional: true", "--", program)
    expect(trace_of_newest()[1].split()[1] != one["getrandom"], "and others with another seed", got)

    got = swept()
    expect("(--steady)" in got.stdout and "made as clones" in got.stdout, "a sweep tries it by itself, and says so", got)
    got = swept(env={"HF_STEADY": "off"})
    expect("(--steady)" not in got.stdout and "made as clones" not in got.stdout and " points" in got.stdout, "unless it is turned off", got)
    got = swept("place")
    expect("note" not in got.stdout and "made as clones" in got.stdout, "each run has a folder of as long a path and the same addresses", got)
    linked = os.path.join(BIN, "hf-caller-specimen-absorbs")
    got = run(TOOL, "record", "--steady", "--", linked)
    expect(got.returncode == 2 and "--steady works on unmodified programs" in got.stdout + got.stderr, "a linked program is told in words", got)
    got = run(TOOL, "record", "--", FAMILY, env={**os.environ, "HF_STEADY": "maybe"})
    expect(got.returncode == 2 and "is on or off, not 'maybe'" in got.stdout + got.stderr, "a wrong value too", got)


GO = """package main

import "fmt"

func main() {
	var kept [][]byte
	for i := 0; i < 20; i++ {
		kept = append(kept, make([]byte, 1<<20))
	}
	fmt.Println("hello", len(kept))
}
"""
# Forbids seccomp itself, as a container's profile may, and becomes what follows.
FORBIDS = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
class Filter(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint)]
class Program(ctypes.Structure):
    _fields_ = [("count", ctypes.c_ushort), ("filters", ctypes.POINTER(Filter))]
number = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
filters = (Filter * 4)(Filter(0x20, 0, 0, 0), Filter(0x15, 0, 1, number), Filter(0x06, 0, 0, 0x00050001), Filter(0x06, 0, 0, 0x7FFF0000))
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, ctypes.byref(Program(4, filters))) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


def trap():
    """A static program, watched from outside; what the C library does inside a dynamic one; Go; where it is refused."""
    source, program = source_of("preload_trap.c"), os.path.join(FOLDER, "trapped")
    if run("cc", "-static", "-O0", "-o", program, source).returncode != 0:
        print("not tried: static programs")
        return
    plain = run(program).stdout
    got = run(TOOL, "record", "--attach", "trap", "--", program)
    if "does not permit watching a program's system calls" in got.stdout + got.stderr:
        print("not tried: this system does not let calls be watched")
        return
    text, said = trace_of_newest()
    expect(got.returncode == 0 and said == plain, "a watched program does what it does: " + said, got)
    for call, times in (("mmap(NULL, 315392, PROT_READ|PROT_WRITE) = ?", 1), ("mmap(NULL, 405504, PROT_READ|PROT_WRITE) = ?", 1), ("mremap(foreign, 8192, 4096) = ?", 1),
                        ("mprotect(foreign, 4096, PROT_READ) = ?", 1), ("madvise(foreign, 4096, 4) = ?", 1), ("munmap(foreign, 4096) = ?", 1),
                        ("madvise(foreign, 4096, 0) = ?", 300)):
        expect(text.count(call) == times, f"{call} {times} times, not {text.count(call)}", got)
    expect("225280" not in text, "what its child asks for is not in the trace")
    expect("thread t2" in text and text.index("405504") > text.index("thread t2"), "a call is its thread's")

    results = {"mmap": ["ENOMEM", "EAGAIN", "EACCES"], "mremap": ["ENOMEM"], "munmap": ["ENOMEM"], "mprotect": ["ENOMEM", "EACCES"], "madvise": ["EAGAIN"]}
    for name, codes in results.items():
        for code in codes:
            when = ", where: { size: 315392 }" if name == "mmap" else ", where: { size: 4096 }"
            got = run(TOOL, "run", "--attach", "trap", "--fault", f"call: {name}{when}, return: {code}", "--", program, name)
            text, said = trace_of_newest()
            expect(said == f"{name} = {code}\n", f"{name} fails with {code}: {said!r}", got)
            expect(re.search(rf"^! {name}\(.*\) = .*{code} rule=", text, re.M), f"and the trace says so: {text}")
    run(TOOL, "record", "--attach", "trap", "--", program, "brk")
    said = []
    for number in range(1, trace_of_newest()[0].count("  brk(") + 1):
        got = run(TOOL, "run", "--attach", "trap", "--fault", f"call: brk, when: {number}, return: ENOMEM", "--", program, "brk")
        said.append(trace_of_newest()[1])
        expect("crashed" not in got.stdout, f"the C library takes brk {number} well", got)
    expect("brk = as before\n" in said and all("something" not in one for one in said), f"brk that fails answers with the break as it is: {said}")
    run(TOOL, "run", "--attach", "trap", "--fault", "call: mmap, where: { size: \">=200K\" }, when: 1+, return: ENOMEM", "--", program)
    said = trace_of_newest()[1]
    expect("child = memory" in said and "other children = none" in said and "mmap = ENOMEM" in said, f"its children are left alone: {said}")

    got = run(TOOL, "sweep", "--attach", "trap", "--", program, "quiet")
    expect(got.returncode == 1 and "its system calls are watched from outside" in got.stdout and "swallowed" in got.stdout, "a sweep", got)
    expect("mmap of fresh at" in got.stdout, "finds the place of the call, not the C library's", got)
    replay = re.search(r"hostfault (replay \w+ --attach trap)\n", got.stdout)
    expect(replay is not None, "says how to repeat it", got)
    got = run(TOOL, *replay.group(1).split())
    expect(got.returncode == 0 and "traces: 1 as before" in got.stdout, "which repeats", got)

    got = run(TOOL, "record", "--attach", "trap", "--", FAMILY, "malloc")
    text = trace_of_newest()[0]
    expect(got.returncode == 0 and text.count("mmap(") > 4 and "PROT_READ|PROT_EXEC" in text and "brk(" in text, f"what ld.so and malloc do inside themselves: {text}", got)
    script = os.path.join(FOLDER, "script")
    open(script, "w").write(f"#!/bin/sh\nexec {shlex.quote(program)} mmap\n")
    os.chmod(script, 0o755)
    got = run(TOOL, "run", "--attach", "trap", "--fault", "call: mmap, where: { size: 315392 }, return: ENOMEM", "--", script)
    expect(trace_of_newest()[1] == "mmap = ENOMEM\n", "a script that becomes a static program", got)

    for rule, words in (("call: malloc, return: ENOMEM", "the calls of"), ("call: Malloc.Alloc, return: E_OUTOFMEMORY", "the calls of"),
                        ("call: mmap, lie: uncommitted", "needs the library inside the program"), ("call: mmap, return: ENOMEM, done: true", "needs the library inside the program")):
        got = run(TOOL, "run", "--attach", "trap", "--fault", rule, "--", program)
        expect(got.returncode == 2 and words in got.stdout + got.stderr, f"{rule} is refused in words", got)
    got = run(TOOL, "record", "--", program)
    expect(got.returncode == 2 and "--attach trap" in got.stdout + got.stderr, "a static program is offered it", got)
    got = run(TOOL, "record", "--attach", "trap", "--steady", "--", program)
    expect(got.returncode == 2 and "--steady" in got.stdout + got.stderr, "--steady needs its library", got)
    got = run(sys.executable, "-c", FORBIDS, TOOL, "record", "--attach", "trap", "--", program)
    expect(got.returncode == 2 and "no container profile that forbids seccomp" in got.stdout + got.stderr, "where it is refused: words, exit 2", got)
    got = run("/bin/sh", "-c", 'ulimit -s 1024; exec "$@"', "sh", TOOL, "record", "--attach", "trap", "--", program)
    expect(got.returncode == 0, "with a small stack", got)

    musl = os.path.join(FOLDER, "with-musl")
    open(musl + ".c", "w").write("#include <stdlib.h>\nint main(void) { void *block = malloc(1 << 20); free(block); return block != NULL ? 0 : 3; }\n")
    if shutil.which("musl-gcc") is not None and run("musl-gcc", "-O0", "-o", musl, musl + ".c").returncode == 0:
        got = run(TOOL, "run", "--attach", "trap", "--fault", "call: mmap, where: { size: \">=1M\" }, return: ENOMEM", "--", musl)
        expect(got.returncode == 0 and "reported" in got.stdout, "a program with musl", got)
    else:
        print("not tried: musl")

    go = os.path.join(FOLDER, "hello")
    open(go + ".go", "w").write(GO)
    if shutil.which("go") is None or run("go", "build", "-o", go, go + ".go", env={**os.environ, "CGO_ENABLED": "0", "GOCACHE": os.path.join(FOLDER, "cache"),
                                                                                 "HOME": os.environ.get("HOME", FOLDER)}).returncode != 0:
        print("not tried: Go")
        return
    got = run(TOOL, "run", "--attach", "trap", "--fault", "call: mmap, when: 1, return: ENOMEM", "--", go)
    expect("1 fired" in got.stdout and "harness" not in got.stdout, "a Go program is told that there is no memory", got)
    got = run(TOOL, "sweep", "--attach", "trap", "--points", "30", "--no-proof", "--", go)
    expect(got.returncode in (0, 1) and " reported" in got.stdout, "and is swept", got)


CRASHES = """#include <stdlib.h>
#include <string.h>
__attribute__((noinline)) static void fill(char *text) { memset(text, 'x', 4321); }
int main(void) { char *text = malloc(4321); fill(text); free(text); return 0; }
"""


def container():
    """Under a filter like Docker's default profile all is as outside; what a stricter one forbids is said in words."""
    if os.uname().machine != "x86_64":
        print("not tried: the filter is of x86-64")
        return
    inside = [sys.executable, "-B", source_of("container.py")]
    program = os.path.join(FOLDER, "crashes")
    open(program + ".c", "w").write(CRASHES)
    expect(run("cc", "-g", "-O0", "-o", program, program + ".c").returncode == 0, "a program is built")
    if run(*inside, "docker", "/bin/true").returncode != 0:
        print("not tried: no filter can be put here")
        return
    expect(run(*inside, "docker", "setarch", "-R", "/bin/true").returncode != 0, "the filter filters")

    def swept(*words):
        got = run(*words, TOOL, "sweep", "--json", "-q", "--", program)
        expect(got.returncode == 1, f"a sweep: {words}", got)
        found = json.loads(got.stdout)
        return found, [(one["outcome"], one["fault"], one["ended"]) for one in found["findings"]]

    outside, shown = swept()
    expect(len(shown) == 1 and shown[0][0] == "crashed" and "fill" in shown[0][2], f"it crashes where it should: {shown}")
    for kind in ("docker", "strict"):
        found, also = swept(*inside, kind)
        expect(found["points"] == outside["points"] and found["outcomes"] == outside["outcomes"], f"{kind}: as outside: {found}")
        expect("clones" in found["isolation"] and found["forked"] > 0, f"{kind}: by clones: {found['isolation']}")
        expect([one[:2] for one in also] == [one[:2] for one in shown], f"{kind}: the same findings: {also}")
        got = run(*inside, kind, TOOL, "run", "--fault", "call: malloc, when: 1, return: ENOMEM", "--", program)
        words = "crashed" if kind == "docker" else "this system does not permit tracing"
        expect(got.returncode == 1 and words in got.stdout, f"{kind}: a run", got)
        expect(kind == "strict" or "fill" in got.stdout, f"{kind}: and where it crashed", got)
        got = run(*inside, kind, TOOL, "doctor")
        expect("cannot be disabled here" in got.stdout and ("not permitted here" in got.stdout) == (kind == "strict"), f"{kind}: doctor says what is missing", got)
        got = run(*inside, kind, TOOL, "run", "--attach", "trap", "--fault", "call: munmap, when: 1, return: ENOMEM, optional: true", "--", program)
        expect(got.returncode == 0 and "harness" not in got.stdout, f"{kind}: calls watched from outside", got)


# Programs of others, with what each does; those that are not installed are named and left out.
PROGRAMS = [["ls", "/"], ["sort", "NUMBERS"], ["sed", "s/1/2/", "NUMBERS"], ["grep", "7", "NUMBERS"], ["tar", "cf", "/dev/null", "NUMBERS"],
            ["jq", ".", "JSON"], ["xmllint", "XML"], ["git", "--version"], ["sqlite3", ":memory:", "select 1"], ["lua5.4", "-e", "print(1)"],
            ["luajit", "-e", "print(1)"], ["perl", "-e", "print 1"], ["python3", "-c", "pass"], ["openssl", "version"], ["redis-server", "--version"]]
# How a sweep's findings in some of them end, on any version that is about; all are followed to a line in results/README.md. Others would be new, or false.
PINNED = {"ls": {"leaked"}, "sort": {"leaked"}, "lua5.4": set(), "luajit": set()}


def programs():
    texts = {"NUMBERS": "\n".join(map(str, range(50))) + "\n", "JSON": '{"a":[1,2,{"b":"x"}]}\n', "XML": '<a><b c="d">x</b></a>\n'}
    for name, text in texts.items():
        open(os.path.join(FOLDER, name), "w").write(text)
    swept = 0
    for command in PROGRAMS:
        program = shutil.which(command[0])
        if program is None:
            print("not installed:", command[0])
            continue
        words = [os.path.join(FOLDER, word) if word in texts else word for word in command[1:]]
        got = run(TOOL, "run", "--fault", 'call: [Malloc.Alloc, VirtualAlloc], when: 2, return: ENOMEM', "--", program, *words)
        expect("1 fired" in got.stdout and "harness" not in got.stdout, f"{command[0]}: a fault fires", got)
        text, _ = trace_of_newest()
        expect(re.search(r"^! \w+\(.*\) = \w+, ENOMEM rule=", text, re.M), f"{command[0]}: {text[:2000]}")
        swept += 1
    got = run(TOOL, "sweep", "--points", "40", "--no-proof", "--json", "--", "/bin/ls", "/")
    expect(got.returncode in (0, 1) and "made as clones" in run(TOOL, "sweep", "--points", "40", "--no-proof", "--", "/bin/ls", "/").stdout,
           "ls is swept by clones", got)
    expect(swept >= 4, f"{swept} third-party programs were tried")
    for command in PROGRAMS:
        if command[0] not in PINNED or shutil.which(command[0]) is None:
            continue
        words = [os.path.join(FOLDER, word) if word in texts else word for word in command[1:]]
        got = run(TOOL, "sweep", "--points", "60", "--no-proof", "--json", "-q", "--", shutil.which(command[0]), *words)
        ends = {one["outcome"] for one in json.loads(got.stdout)["findings"]}
        expect(ends <= PINNED[command[0]], f"{command[0]}: findings that nobody has looked into: {ends}", got)
    git_in_workdir()


def git_in_workdir():
    """A program that changes files, each run in a copy of its own."""
    tree = os.path.join(FOLDER, "tree")
    environment = {**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "n", "GIT_AUTHOR_EMAIL": "e", "GIT_COMMITTER_NAME": "n", "GIT_COMMITTER_EMAIL": "e"}
    git = ["git", "-C", tree]
    if shutil.which("git") is None or run("git", "init", "-q", tree, env=environment).returncode != 0:
        print("not tried: git in a workdir")
        return
    open(os.path.join(tree, "a"), "w").write("one\n")
    expect(run(*git, "add", "a", env=environment).returncode == 0 and run(*git, "commit", "-qm", "one", env=environment).returncode == 0, "a repository")
    open(os.path.join(tree, "a"), "a").write("two\n")
    for command in (["status"], ["commit", "-qam", "two"]):
        got = run(TOOL, "sweep", "--workdir", tree, "--points", "20", "--no-proof", "--", shutil.which("git"), *command, env=environment)
        expect(got.returncode in (0, 1) and "because each run has its own copy of the workdir" in got.stdout and "reported" in got.stdout, f"git {command[0]}", got)
    expect(run(*git, "status", "--porcelain", env=environment).stdout == " M a\n", "and the tree itself is as it was")


READS_FREED = """#include <stdlib.h>
int main(void) {
    char *first = malloc(100);
    char *second = malloc(200);
    if (second == NULL && first == NULL) return *(volatile char *)first;
    if (second == NULL) { free(first); return first[0] == 'x' ? 3 : 4; }
    free(first);
    free(second);
    return 0;
}
"""


def valgrind():
    """Valgrind's errors are findings: it asks the library for memory, which it would not do by itself, and its report is the reason."""
    program = os.path.join(FOLDER, "reads-freed")
    open(program + ".c", "w").write(READS_FREED)
    if shutil.which("valgrind") is None or run("cc", "-g", "-O0", "-o", program, program + ".c").returncode != 0:
        print("not tried: valgrind")
        return
    under = ["valgrind", "-q", "--error-exitcode=9", program]
    got = run(TOOL, "record", "--timeout", "120s", "--no-stacks", "--", *under)
    text = trace_of_newest()[0]
    expect(got.returncode == 0 and "malloc(100)" in text and "malloc(200)" in text, f"what the program asks for under valgrind is seen: {text[:1000]}", got)
    got = run(TOOL, "run", "--timeout", "120s", "--fault", "call: malloc, where: { size: 200 }, return: ENOMEM", "--", *under)
    expect(got.returncode == 1 and "valgrind: Invalid read of size 1 in main (reads-freed.c:6)" in got.stdout, "its error is the reason of a finding", got)
    got = run(TOOL, "record", "--timeout", "60s", "--no-stacks", "--", "valgrind", "-q", "--tool=none", program)
    expect(got.returncode == 0 and "malloc(100)" in trace_of_newest()[0], "under a tool of valgrind's that is not Memcheck", got)
    got = run(TOOL, "run", "--timeout", "60s", "--fault", "call: malloc, when: 1+, return: ENOMEM", "--", *under)
    expect(got.returncode == 1 and "crashed" in got.stdout and "hung" not in got.stdout, "it dies in good time", got)


def unseen():
    """The kernel's count of mapping calls against the trace: nothing is missed in silence."""
    got = run(TOOL, "record", "--", FAMILY, "mmap")
    if "that the kernel counted" not in got.stdout:
        print("not tried: this system does not let calls be counted")
        expect(run(TOOL, "record", "--attach", "trap", "--", FAMILY, "mmap").returncode == 2, "nor watched", got)
        return
    said = re.search(r"^mapping calls: the shim saw (\d+) of the (\d+) that the kernel counted; (\d+) came before it was in place \(loading\), (\d+) from inside the C library", got.stdout, re.M)
    expect(said is not None, "it is said what was not seen", got)
    seen, whole, before, inside = map(int, said.groups())
    text = trace_of_newest()[0]
    calls = len(re.findall(r"^  (mmap|mmap64|mremap|munmap|mprotect|madvise|brk|sbrk)\(", text, re.M))
    expect(seen == calls and whole == seen + before + inside and before > 4, f"the numbers agree with the trace, which has {calls}", got)
    got = run(TOOL, "sweep", "--points", "4", "--no-proof", "--", FAMILY, "mmap")
    expect("\nmapping calls: the shim saw " in got.stdout, "a sweep says it too", got)
    got = run(TOOL, "sweep", "--points", "4", "--no-proof", "--json", "-q", "--", FAMILY, "mmap")
    expect("that the kernel counted" in json.loads(got.stdout)["unseen"], "and its JSON", got)
    inside = [sys.executable, "-c", FORBIDS, TOOL, "record", "--", FAMILY, "mmap"]
    got = run(*inside)
    expect(got.returncode == 0 and "that the kernel counted" not in got.stdout and "mmap" in got.stdout, "where the system forbids it, it is done without", got)
    got = run(TOOL, "record", "--", os.path.join(BIN, "hf-caller-specimen-absorbs"))
    expect(got.returncode == 0 and "that the kernel counted" not in got.stdout, "a linked program's host is asked, not the kernel", got)


def strict():
    """The header works without a library; the excuse is taken, and is needed in strict mode alone."""
    program = os.path.join(BIN, "preload_strict")
    expect(run(program).stdout == "whole\n", "the program runs by itself")

    def findings(*options):
        got = run(TOOL, "sweep", "--json", "-q", "--no-proof", *options, "--failures", "ENOMEM", "--", program)
        expect(got.returncode in (0, 1), "the sweep ends", got)
        return json.loads(got.stdout)["findings"]

    found = findings("--strict")
    expect([(one["outcome"], one["fault"]) for one in found] == [("violated", "call: malloc, when: 2, return: ENOMEM")], f"the name alone: {found}")
    expect("request after a failure: malloc of 30 bytes" in found[0]["reason"], found[0]["reason"])
    expect(findings() == [], "without --strict nothing is wrong")
    got = run(TOOL, "run", "--strict", "--fault", "call: malloc, when: 1, return: ENOMEM", "--", program)
    expect(got.returncode == 0, "the cache is excused", got)
    expect('expect absorb "the cache is optional"' in trace_of_newest()[0], "the trace has the reason", got)


shutil.rmtree(FOLDER, ignore_errors=True)
os.makedirs(FOLDER)
{"functions": functions, "kinds": kinds, "allocators": allocators, "refused": refused, "steady": steady, "trap": trap, "container": container, "unseen": unseen, "valgrind": valgrind, "programs": programs, "strict": strict}[part]()
print(f"preload.{part}: {checks} checks")
