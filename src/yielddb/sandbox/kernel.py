"""System calls that Python has no function for; each raises OSError where it is refused."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from functools import cache
from typing import Any

Bytes = ctypes.c_char_p
MACHINES = ("x86_64", "aarch64")  # whose system call numbers `syscalls` knows
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 22, 38
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_READ_SEARCH, CAP_SYS_ADMIN = 2, 21


@cache
def libc() -> Any:
    """The C library, looked up once: the warm parent does it for all its children."""
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    return library


def known() -> bool:
    """Is this a Linux on a machine whose numbers are known?"""
    return sys.platform == "linux" and platform.machine() in MACHINES


def checked(result: int) -> int:
    """The result of a C function that gives -1 for an error."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def syscall(number: int, *arguments: int | bytes | None) -> int:
    """One system call; integers go as long, bytes by address."""
    passed = [ctypes.c_long(a) if isinstance(a, int) else Bytes(a) for a in arguments]
    return checked(int(libc().syscall(ctypes.c_long(number), *passed)))


def prctl(option: int, value: int, extra: int = 0) -> None:
    """prctl(2)."""
    checked(libc().prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(extra), 0, 0))


def install_filter(program: bytes) -> None:
    """Bind this process and its threads to a BPF program, for good (seccomp(2))."""
    held = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(held))
    filter_ = ctypes.create_string_buffer(header, len(header))
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(filter_))


def _capabilities() -> tuple[int, int]:
    """The first 32 of this thread, effective and permitted."""
    header, found = struct.pack("Ii", CAPABILITY_VERSION_3, 0), ctypes.create_string_buffer(24)
    checked(libc().capget(Bytes(header), found))
    effective, permitted, *_ = struct.unpack("6I", found.raw)
    return effective, permitted


def is_capable(capability: int) -> bool:
    """May this thread do what a capability allows? Root in a container often may not."""
    return bool(_capabilities()[0] >> capability & 1)


def drop_capabilities() -> None:
    """Give up what root may do, but for reading a Python that belongs to another user.

    `sudo yielddb check` runs a Python below somebody's closed home folder; what may be read is
    Landlock's business.
    """
    header = struct.pack("Ii", CAPABILITY_VERSION_3, 0)
    effective, permitted = _capabilities()
    keep = 1 << CAP_DAC_READ_SEARCH
    checked(
        libc().capset(
            Bytes(header), Bytes(struct.pack("6I", effective & keep, permitted & keep, 0, 0, 0, 0))
        )
    )
