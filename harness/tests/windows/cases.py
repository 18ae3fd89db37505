# SPDX-License-Identifier: MIT
"""Commands and their expected output, shared by the parts of windows.py."""
import re
import shutil

import wine

SOURCE = wine.SOURCE
BIN = SOURCE / "out/mingw/bin"
WORK = SOURCE / "out/mingw/windows-test"
NO_MEMORY = ("--fault", "call: VirtualAlloc, return: E_OUTOFMEMORY")


def make_bad_programs():
    """Programs that cannot run, and one whose path is hard to write."""
    folder = WORK / "mit Leerzeichen é"
    folder.mkdir(exist_ok=True)
    shutil.copy(BIN / "hf-caller-specimen-reports.exe", folder / "münze.exe")
    image = bytearray((BIN / "windows_keep.exe").read_bytes())
    at = int.from_bytes(image[0x3C:0x40], "little")
    image[at + 4 : at + 6] = (0x014C).to_bytes(2, "little")  # IMAGE_FILE_MACHINE_I386
    (WORK / "of-32-bits.exe").write_bytes(image)
    (WORK / "no-program.exe").write_text("not a program", encoding="ascii")
    (WORK / "script.cmd").write_text("@exit 0\n", encoding="ascii")
    (WORK / "a-file").write_text("", encoding="ascii")


def check_cases(windows, cases):
    problems = []
    for arguments, wanted, out_pattern, err_pattern in cases:
        status, out, err = windows.tool(*arguments)
        if status != wanted or not re.search(out_pattern, out) or not re.search(err_pattern, err):
            problems.append(f"hostfault {' '.join(arguments)}\n  status {status}, expected {wanted}\n  stdout /{out_pattern}/:\n{out}\n  stderr /{err_pattern}/:\n{err}")
    return problems
