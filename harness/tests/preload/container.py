#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Executes a program behind a seccomp filter like a container's: it refuses the system calls that Docker's default profile (moby, profiles/seccomp) answers with
EPERM or ENOSYS and that a tool of this kind may need. x86-64 only.

usage: container.py docker|strict COMMAND ARGS...    (strict: also forbids tracing and pidfds, as before Linux 4.8 or in hardened profiles)
"""
import ctypes, os, sys

ALLOW, EPERM, ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026
LOAD, EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
NUMBER, FIRST_ARGUMENT = 0, 16  # offsets in struct seccomp_data
PERSONALITY, CLONE, CLONE3, PIDFD_OPEN = 135, 56, 435, 434
# mount umount2 unshare setns open_by_handle_at move_pages userfaultfd bpf perf_event_open keyctl add_key request_key io_uring_* kexec_load init_module
FORBIDDEN = [165, 166, 272, 308, 304, 279, 323, 321, 298, 250, 248, 249, 425, 426, 427, 246, 175]
STRICT = [101, 310, 311, 312, 438]  # ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd
NEW_NAMESPACES = 0x7E020000


class Filter(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint)]


class Program(ctypes.Structure):
    _fields_ = [("count", ctypes.c_ushort), ("filters", ctypes.POINTER(Filter))]


def deny(number, answer):
    return [(EQUAL, 0, 1, number), (RETURN, 0, 0, answer)]


is_strict = sys.argv[1] == "strict"
rows = [(LOAD, 0, 0, NUMBER)]
for number in FORBIDDEN + (STRICT if is_strict else []):
    rows += deny(number, EPERM)
rows += deny(CLONE3, ENOSYS) + (deny(PIDFD_OPEN, ENOSYS) if is_strict else [])
rows += [(EQUAL, 0, 6, PERSONALITY), (LOAD, 0, 0, FIRST_ARGUMENT), (EQUAL, 4, 0, 0), (EQUAL, 3, 0, 8), (EQUAL, 2, 0, 0x20000), (EQUAL, 1, 0, 0xFFFFFFFF), (RETURN, 0, 0, EPERM)]
rows += [(LOAD, 0, 0, NUMBER), (EQUAL, 0, 3, CLONE), (LOAD, 0, 0, FIRST_ARGUMENT), (ANY_BIT, 0, 1, NEW_NAMESPACES), (RETURN, 0, 0, EPERM), (RETURN, 0, 0, ALLOW)]
libc = ctypes.CDLL(None, use_errno=True)
filters = (Filter * len(rows))(*(Filter(*row) for row in rows))
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(Program(len(rows), filters))) != 0:
    sys.exit("container.py: no filter can be put here")
os.execvp(sys.argv[2], sys.argv[2:])
