# SPDX-License-Identifier: MIT
"""A new machine for the pages: Debian's minimal system in a folder, with a clone of the tree and nothing else.

Made by debootstrap from the mirror that this machine's apt uses. Mounts are made in the test's own namespace, so that none outlives the test.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from shell import Shell

STANDARD_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TREE = "/root/src/hostfault"
A_DAY = 24 * 3600
SECONDS_TO_FETCH = 900


def skip(why):
    print(f"SKIPPED: {why}")
    sys.exit(77)


def enter_namespace():
    """Starts this program again with mounts and processes of its own, once."""
    if os.environ.get("HF_MANUAL_NAMESPACE"):
        return
    if os.geteuid() != 0:
        skip("a chroot needs root")
    if not shutil.which("debootstrap"):
        skip("no debootstrap here (Debian's package debootstrap)")
    if subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], check=False, stderr=subprocess.DEVNULL).returncode != 0:
        skip("no namespaces of mounts and processes here")
    os.environ["HF_MANUAL_NAMESPACE"] = "1"
    # Processes of its own too: what a page leaves running ends with it. The shell is there to take leave of those that have lost their parent.
    os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "sh", "-c", '"$@"; exit $?', "sh",
                          sys.executable, "-B", *sys.argv])


def run(command, seconds=SECONDS_TO_FETCH):
    """Runs a step; what it said, if it failed or took too long."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"{command[0]} took longer than {seconds} s"
    return "" if done.returncode == 0 else f"{' '.join(command)}: {done.stdout[-800:] or done.returncode}"


def mirror():
    """Address and code name of the first archive that apt has."""
    targets = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages"],
                             stdout=subprocess.PIPE, text=True, check=False).stdout.split("\n")
    return targets[0].split() if targets[0] else skip("apt has no archive")


def copy_if_there(path, root):
    source, target = Path(path), root / path.lstrip("/")
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    elif source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def unpack_system(work, root):
    """The minimal system. What was made today is kept, since it is what is fetched longest."""
    archive = work / "minbase.tar"
    if not archive.exists() or time.time() - archive.stat().st_mtime > A_DAY:
        address, codename = mirror()
        failure = run(["debootstrap", "--variant=minbase", codename, str(root), address])
        if failure:
            skip(f"debootstrap cannot make a system: {failure}")
        failure = run(["tar", "-C", str(root), "-cf", str(archive), "."])
    else:
        root.mkdir()
        failure = run(["tar", "-C", str(root), "-xpf", str(archive)])
    if failure:
        sys.exit(failure)


def make_devices(root):
    """/proc, and a /dev of its own: this machine's is not lent, since what is done to it there would be done here."""
    dev = root / "dev"
    steps = [["mount", "-t", "proc", "proc", f"{root}/proc"], ["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", str(dev)]]
    steps += [["mknod", "-m", "666", f"{dev}/{name}", "c", *numbers.split()]
              for name, numbers in {"null": "1 3", "zero": "1 5", "full": "1 7", "random": "1 8", "urandom": "1 9", "tty": "5 0"}.items()]
    steps += [["mkdir", "-m", "1777", f"{dev}/shm"], ["mkdir", f"{dev}/pts"],
              ["mount", "-t", "devpts", "-o", "newinstance,ptmxmode=0666,mode=620", "devpts", f"{dev}/pts"], ["ln", "-s", "pts/ptmx", f"{dev}/ptmx"],
              ["ln", "-s", "/proc/self/fd", f"{dev}/fd"], ["ln", "-s", "/proc/self/fd/0", f"{dev}/stdin"],
              ["ln", "-s", "/proc/self/fd/1", f"{dev}/stdout"], ["ln", "-s", "/proc/self/fd/2", f"{dev}/stderr"]]
    for step in steps:
        failure = run(step)
        if failure:
            skip(failure)


def folder_for_system(work):
    """Where a system can be made, and whether it is a temporary folder: debootstrap's scripts do not quote the name of theirs."""
    is_plain = re.fullmatch(r"[\w./-]+", str(work), re.ASCII) is not None
    return (work, False) if is_plain else (Path(tempfile.mkdtemp(prefix="hostfault-system-")), True)


class Place:
    """The new machine. A reader there is root, has git and a clone of the tree, and is in its top folder."""

    def __init__(self, source, work):
        folder, self.is_temporary = folder_for_system(work)
        self.root = folder / "root"
        work.mkdir(parents=True, exist_ok=True)
        self.delete()
        unpack_system(work, self.root)
        for path in ("/etc/apt", "/usr/share/keyrings", "/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs", "/root/.npmrc"):
            copy_if_there(path, self.root)
        make_devices(self.root)
        failure = run(["git", "clone", "--quiet", "--no-hardlinks", str(source), str(self.root) + TREE])
        if failure:
            sys.exit(failure)
        self.install_for_reader()

    def install_for_reader(self):
        """What the pages say that a reader has: git, and sqlite3 for the queries of the store's."""
        shell = self.shell("README.md")
        for command in ("apt-get -qq update", "apt-get -qq install -y --no-install-recommends git sqlite3"):
            status, output = shell.run(f"DEBIAN_FRONTEND=noninteractive {command}", SECONDS_TO_FETCH)
            if status != 0:
                skip(f"apt in the new system: {output[-800:]}")
        shell.close()

    def shell(self, page):
        tool = "" if page == "README.md" else f"{TREE}/out/release/bin:"
        return Shell(TREE, "/root", tool + STANDARD_PATH, self.root)

    def help_shell(self):
        prefix = "/root/hostfault"
        setup = self.shell("help")
        setup.run(f"cmake --install out/release --prefix {prefix}; mkdir -p /root/help", SECONDS_TO_FETCH)
        setup.close()
        return Shell("/root/help", "/root", f"{prefix}/bin:{STANDARD_PATH}", self.root)

    def folders(self):
        return [(TREE, "."), ("/root", "~")]

    def remove(self):
        for mounted in ("dev", "proc"):
            run(["umount", "--recursive", f"{self.root}/{mounted}"])
        self.delete()
        if self.is_temporary:
            self.root.parent.rmdir()

    def delete(self):
        """Nothing is deleted while a file system is mounted below it: what is deleted then may be this machine's."""
        mounted = [line.split()[1] for line in Path("/proc/self/mounts").read_text(encoding="utf-8").split("\n") if f" {self.root}/" in line]
        if mounted:
            sys.exit(f"still mounted, so that {self.root} is left as it is: {' '.join(mounted)}")
        shutil.rmtree(self.root, ignore_errors=True)
