# SPDX-License-Identifier: MIT
"""One bash for a page: folder and variables persist from command to command, as if a reader typed the commands.

The reader is a new user: the shell inherits nothing of this process's environment, the home folder is empty, the input is empty.
"""
import os
import select
import subprocess
import time
from pathlib import Path

LOCALE = "C.UTF-8"


class ShellError(Exception):
    """The shell ended, or a command took too long."""


class Shell:
    def __init__(self, top, home, path, root=None):
        """top, home and path are as the shell sees them: below root, where there is one."""
        self.root, self.top = root or Path("/"), top
        self.scratch = "/tmp" if root else str(home)
        environment = {"HOME": str(home), "PATH": path, "LANG": LOCALE, "USER": "stranger", "LOGNAME": "stranger", "SHELL": "/bin/bash"}
        enter = ["chroot", str(root)] if root else []
        self.process = subprocess.Popen(
            [*enter, "/usr/bin/env", "-i", *(f"{name}={value}" for name, value in environment.items()), "bash", "--norc", "--noprofile"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/" if root else top, start_new_session=True)
        self.tell(f"cd '{top}'")

    def outside(self, path):
        return self.root / str(path).lstrip("/")

    def tell(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def run(self, text, seconds):
        """Runs a command. Returns its exit status and what it wrote to stdout and stderr, in order."""
        command, output = f"{self.scratch}/.command", f"{self.scratch}/.output"
        self.outside(command).write_text(text + "\n", encoding="utf-8")
        self.tell(f"eval \"$(cat '{command}')\" > '{output}' 2>&1 < /dev/null; printf 'ended %d\\n' $?")
        status = self.wait_for_status(seconds, text)
        return status, self.outside(output).read_text(encoding="utf-8", errors="replace")

    def wait_for_status(self, seconds, text):
        end, line = time.monotonic() + seconds, b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise ShellError(f"it took longer than {seconds} s: {text}")
            piece = os.read(self.process.stdout.fileno(), 1)
            if not piece:
                raise ShellError(f"the shell ended in it: {text}")
            line += piece
        return int(line.split()[-1])

    def close(self):
        """Ends the shell and what it left running in its process group."""
        self.process.stdin.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, 9)
            self.process.wait()
