"""Knocks at the doors where kernels were broken before."""

import os

from tools import app, attempt, call

__all__ = ["app"]

x86 = os.uname().machine == "x86_64"
DOORS = {
    "io_uring": (425, 425),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "perf": (298, 241),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "modules": (313, 273),
    "kexec": (246, 104),
    "memfd": (319, 279),
    "newer than known": (470, 470),
}
for name, numbers in DOORS.items():
    attempt(name, lambda number=numbers[0 if x86 else 1]: call("syscall", number, 0, 0, 0, 0, 0))
