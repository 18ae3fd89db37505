#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Unmodified programs under the shim: each function's failures as its manual page has them, the hard places, allocators of its own, what is refused, what makes runs agree, real programs.

usage: preload.py functions|kinds|allocators|refused|steady|programs|strict BIN FOLDER    (BIN holds hostfault and the test programs, FOLDER is made anew)
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
        expect("this program has a malloc of its own in its file" in said, f"a malloc inside the program is told in words: {said}", got)
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


# Programs of others, with what each does; those that are not installed are named and left out.
PROGRAMS = [["ls", "/"], ["sort", "NUMBERS"], ["sed", "s/1/2/", "NUMBERS"], ["grep", "7", "NUMBERS"], ["tar", "cf", "/dev/null", "NUMBERS"],
            ["jq", ".", "JSON"], ["xmllint", "XML"], ["git", "--version"], ["sqlite3", ":memory:", "select 1"], ["lua5.4", "-e", "print(1)"],
            ["luajit", "-e", "print(1)"], ["perl", "-e", "print 1"]]


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
    expect(swept >= 4, f"{swept} programs of others were tried")


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
{"functions": functions, "kinds": kinds, "allocators": allocators, "refused": refused, "steady": steady, "programs": programs, "strict": strict}[part]()
print(f"preload.{part}: {checks} checks")
