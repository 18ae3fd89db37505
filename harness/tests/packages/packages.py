# SPDX-License-Identifier: MIT
"""The Debian packages on a new system: installed with apt, used as a new user does, developed against, removed without a trace.

usage: packages.py SOURCE DEBS WORK. DEBS is the folder that scripts/package fills. Exit status 77: such a system is not possible here (it says why).
"""
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "manual"))
import chroot  # noqa: E402
from shell import Shell  # noqa: E402

SECONDS = 900
PACKAGES = ["hostfault", "libhostfault-malloc", "libhostfault0.1", "libhostfault-dev"]
FILES_OF_OURS = ("find / -xdev \\( -path /proc -o -path /root -o -path /debs -o -path /var/log -o -path /var/cache \\) -prune "
                 "-o -name '*hostfault*' -print -o -name 'hf-caller-*' -print")


class Test:
    def __init__(self, shell):
        self.shell, self.checks = shell, 0

    def run(self, command, status=0, shows=None):
        """Runs a command in the new system, and looks at what it says."""
        got, output = self.shell.run(command, SECONDS)
        self.checks += 1
        if got != status:
            sys.exit(f"packages: FAILED: {command}: exit status {got}, not {status}:\n{output[-3000:]}")
        if shows is not None and shows not in output:
            sys.exit(f"packages: FAILED: {command} does not show '{shows}':\n{output[-3000:]}")
        return output


def make_system(source, debs, work, root):
    work.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(root, ignore_errors=True)
    chroot.unpack_system(work, root)
    for path in ("/etc/apt", "/usr/share/keyrings", "/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs"):
        chroot.copy_if_there(path, root)
    chroot.make_devices(root)
    (root / "debs").mkdir()
    for deb in debs.glob("*.deb"):
        shutil.copy(deb, root / "debs")
    for name in ("customer.c", "careless.c"):
        shutil.copy(source / "harness/tests/install" / name, root / "root" / name)


def install(test, *packages):
    files = " ".join(f"/debs/{name}_*.deb" for name in packages)
    test.run(f"DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends {files}")


def use_tool(test):
    """As somebody who only wants the tool: no compiler, no source."""
    install(test, "hostfault", "libhostfault-malloc")
    test.run("hostfault --version --json", shows='"commit"')
    test.run("hostfault doctor")
    test.run("hostfault list callers", shows="lua")
    test.run("cd /root && hostfault run --caller lua --fault 'call: Malloc.Alloc, when: 3, return: E_OUTOFMEMORY'", shows="1 scenario: 1 as expected")
    test.run("cd /root && hostfault run /usr/share/hostfault/scenarios/reserve-commit", shows="as expected")
    test.run("cd /root && hostfault record -- /bin/ls /", shows="malloc")
    test.run("test -e /usr/share/man/man1/hostfault-sweep.1 -a -e /usr/share/bash-completion/completions/hostfault")


def develop(test):
    """As somebody who puts a program of theirs under it: by pkg-config, by the shared library, and by CMake."""
    install(test, "libhostfault0.1", "libhostfault-dev")
    test.run("DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends gcc libc6-dev pkg-config cmake make")
    test.run("cd /root && cc customer.c $(pkg-config --cflags --libs hostfault-shim) -o static && ./static", shows="customer: good")
    test.run("cd /root && cc customer.c -lhostfault-shim -o shared && ./shared", shows="customer: good")
    test.run("ldd /root/shared", shows="libhostfault-shim.so.0.1 => /lib/x86_64-linux-gnu/")
    test.run("cd /root && cc -g careless.c -lhostfault-shim -o careless && hostfault sweep --quiet -- ./careless", status=1, shows=": error: crashed: in main")
    test.run("mkdir -p /root/user && cd /root/user && printf '%s\\n' 'cmake_minimum_required(VERSION 3.25)' 'project(user LANGUAGES C)' 'enable_testing()' "
             "'find_package(hostfault 0.1 REQUIRED COMPONENTS shim)' 'add_executable(user ../customer.c)' "
             "'target_link_libraries(user PRIVATE hostfault::shim)' 'hostfault_add_sweep(sweep COMMAND user BUDGET 60s)' > CMakeLists.txt && "
             "cmake -B build && cmake --build build && ctest --test-dir build", shows="100% tests passed")


def remove(test):
    """What was installed goes, and nothing is left but what the user made."""
    test.run(f"dpkg --verify {' '.join(PACKAGES)}")
    test.run(f"DEBIAN_FRONTEND=noninteractive apt-get -qq purge -y {' '.join(PACKAGES)}")
    left = test.run(FILES_OF_OURS).split()
    if left:
        sys.exit(f"packages: FAILED: left behind: {' '.join(left)}")


def main():
    source, debs, work = (Path(argument).resolve() for argument in sys.argv[1:])
    for name in PACKAGES:
        if not list(debs.glob(f"{name}_*.deb")):
            sys.exit(f"packages: FAILED: {debs} has no package {name}; scripts/package makes them")
    chroot.enter_namespace()
    folder, is_temporary = chroot.folder_for_system(work)
    root = folder / "root"
    make_system(source, debs, work, root)
    try:
        test = Test(Shell("/root", "/root", chroot.STANDARD_PATH, root))
        test.run("apt-get -qq update")
        use_tool(test)
        develop(test)
        remove(test)
        test.shell.close()
    finally:
        for mounted in ("dev", "proc"):
            chroot.run(["umount", "--recursive", f"{root}/{mounted}"])
    mounted = [line for line in Path("/proc/self/mounts").read_text(encoding="utf-8").split("\n") if f" {root}/" in line]
    if not mounted: # what is deleted below a mount may be this machine's
        shutil.rmtree(root, ignore_errors=True)
        if is_temporary:
            folder.rmdir()
    print(f"packages: {test.checks} commands as expected on a new system")


main()
