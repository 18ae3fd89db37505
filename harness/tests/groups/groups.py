# SPDX-License-Identifier: MIT
"""Runs one case: groups.py CASE TOOL PROGRAMS WORK. A case is a function of the same name; it defines the complete expected result."""
import json
import os
import shutil
import subprocess
import sys

case, tool, programs, work = sys.argv[1:5]
cases = {}


def is_case(function):
    cases[function.__name__] = function
    return function


def hostfault(*words, status=None):
    """The tool's output; its exit status must be the one given."""
    ran = subprocess.run([tool, *words], cwd=work, capture_output=True, text=True, errors="replace", timeout=110, env={**os.environ, "LC_ALL": "C", "NO_COLOR": "1"})
    if status is not None and ran.returncode != status:
        sys.exit(f"{case}: exit status {ran.returncode}, not {status}: hostfault {' '.join(words)}\n{ran.stdout}\n{ran.stderr}")
    return ran.stdout


def program(name):
    return os.path.join(programs, name)


def must(what, got, wanted):
    if got != wanted:
        sys.exit(f"{case}: {what}\n  got    {got}\n  wanted {wanted}")


@is_case
def jit():
    """A stack at every call of a program whose calls come from code made at run time, too."""
    told = json.loads(hostfault("run", "--json", "--fault", "call: Malloc.Alloc, when: 1500, return: E_OUTOFMEMORY", "--", program("jit"), status=0))
    must("how it ended", told["scenarios"][0]["outcome"], "reported")
    hostfault("record", "--", program("jit"), status=0)


def findings(name, *arguments, options=(), failures="E_OUTOFMEMORY"):
    """What a sweep finds: sorted lines "OUTCOME METHOD FUNCTION" of where the refused request was made."""
    told = json.loads(hostfault("sweep", "--json", "--failures", failures, "--timeout", "2s", *options, "--", program(name), *arguments))
    return sorted(f"{one['outcome']} {one['method']} {one['place'].split(' at ')[0]}" for one in told["findings"])


NAMES = {
    "strdup": ["crashed Malloc.Alloc read_title"],
    "chain": ["crashed Malloc.Alloc second_table"],
    "pages": ["crashed VirtualAlloc place_virtualalloc_unchecked"],
    "object": ["crashed Malloc.Alloc node_alloc"],
    "inlined": ["crashed Malloc.Alloc fill_buffer"],
    "unrolled": ["crashed Malloc.Alloc four_rows"],
}


@is_case
def names():
    """Wrappers go by shape, inlined functions keep their names; of each build."""
    for build in ("names0", "names3"):
        for mode, wanted in NAMES.items():
            must(f"{mode} of {build}", findings(build, mode), wanted)


@is_case
def one():
    """One fault is one finding, however many ways lead to it; two faults of one function are two."""
    told = json.loads(hostfault("sweep", "--json", "--failures", "E_OUTOFMEMORY", "--", program("names0"), "twelve"))["findings"]
    must("twelve ways to one fault", [(one["outcome"], one["ended"].split(" at ")[0], one["ways"]) for one in told], [("crashed", "twelfth", 12)])
    must("its memory", told[0]["detail"], "through a null pointer")
    must("what replays it", hostfault("replay", told[0]["id"], status=0) != "", True)
    must("two faults of one function", findings("names0", "both"), ["crashed Malloc.Alloc two_faults", "crashed Malloc.Alloc two_faults"])


@is_case
def recursion():
    """A stack that is used up is one finding, wherever it ends."""
    for build in ("names0", "names3"):
        told = json.loads(hostfault("sweep", "--json", "--failures", "E_OUTOFMEMORY", "--timeout", "10s", "--", program(build), "deep"))["findings"]
        must(f"of {build}", [(one["outcome"], one["detail"], one["ways"]) for one in told], [("crashed", "after a recursion", 4)])
        must(f"its place in {build}", told[0]["ended"].split(" at ")[0] in ("complain", "describe"), True)


@is_case
def threads():
    """A thread's function is a place, though the system calls it and it gives back a pointer."""
    for build in ("names0", "names3"):
        must(f"a thread of {build}", findings(build, "thread"), ["leaked Malloc.Alloc lose_block"])


@is_case
def releases():
    """A helper in a header that gives memory back is passed over as one that asks for it is."""
    for build in ("names0", "names3"):
        got = findings(build, "release", options=("--methods", "VirtualFree", "--lies"), failures="*")
        must(f"a release of {build}", got, ["violated VirtualFree drop_pages"])


@is_case
def builds():
    """Two builds of one program compare to nothing."""
    for build in ("names0", "names3"):
        os.mkdir(os.path.join(work, build))
        shutil.copy(program(build), os.path.join(work, build, "names"))
    for mode in (*NAMES, "twelve", "both"):
        for build in ("names0", "names3"):
            hostfault("sweep", "--json", "--failures", "E_OUTOFMEMORY", "--results", f"{build}-{mode}", "--", f"./{build}/names", mode, status=1)
        must(f"{mode} compared", hostfault("diff", f"names0-{mode}", f"names3-{mode}", status=0).startswith("0 new, 0 worse, 0 changed, 0 fixed"), True)


@is_case
def wrapper():
    """What the user calls a wrapper is one; what the shape says is not needed then."""
    must("by --wrapper", findings("names0", "object", options=("--wrapper", "node_*")), ["crashed Malloc.Alloc two_nodes"])
    must("of another module", findings("names0", "object", options=("--wrapper", "libengine*!node_*")), ["crashed Malloc.Alloc node_alloc"])


if case not in cases:
    sys.exit(f"no case {case}; there are {', '.join(cases)}")
shutil.rmtree(work, ignore_errors=True)
os.makedirs(work)
cases[case]()
