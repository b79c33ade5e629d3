"""What an app may use up, and how the system is told so."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import signal
import struct
import sys
from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one app; sizes in MiB, times in seconds."""

    memory_mb: int = 1024  # address space; 512 is the least that survived 30 parallel requests
    cpu_s: int = 60  # a check of a lesson needs under one
    file_mb: int = 16  # largest file written, what the app prints among them
    open_files: int = 256
    start_s: float = 15.0  # import and start-up; the slowest CI machine needed 3
    answer_s: float = 5.0  # one answer; SQLite waits 5 s for a lock, a pool 30 s
    stop_s: float = 3.0  # graceful shutdown


PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 22, 38
SECCOMP_MODE_FILTER = 2
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
EPERM, ENOSYS = 1, 38
CLONE_THREAD = 0x00010000
LOAD, JUMP_EQUAL, JUMP_BITS, RETURN = 0x20, 0x15, 0x45, 0x06
# audit architecture; system calls that make a process or run a program: clone, clone3, others
ARCHES = {
    "x86_64": (0xC000003E, 56, 435, (57, 58, 59, 322)),
    "aarch64": (0xC00000B7, 220, 435, (221, 281)),
}


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)


def _no_new_processes() -> bytes:
    """A BPF program: threads may start, processes and programs may not (seccomp(2))."""
    arch, clone, clone3, others = ARCHES[platform.machine()]
    refuse = _instruction(RETURN, ERRNO | EPERM)
    program = [
        _instruction(LOAD, 4),  # seccomp_data.arch
        _instruction(JUMP_EQUAL, arch, 1, 0),
        refuse,
        _instruction(LOAD, 0),  # seccomp_data.nr
        _instruction(JUMP_EQUAL, clone3, 0, 1),
        _instruction(RETURN, ERRNO | ENOSYS),  # glibc falls back to clone, whose flags can be read
    ]
    if platform.machine() == "x86_64":  # the x32 numbers would bypass the list
        program += [_instruction(0x35, 0x40000000, 0, 1), refuse]
    for number in others:
        program += [_instruction(JUMP_EQUAL, number, 0, 1), refuse]
    program += [
        _instruction(JUMP_EQUAL, clone, 0, 3),
        _instruction(LOAD, 16),  # seccomp_data.args[0]: the flags of clone
        _instruction(JUMP_BITS, CLONE_THREAD, 1, 0),
        refuse,
        _instruction(RETURN, ALLOW),
    ]
    return b"".join(program)


def _prctl(option: int, value: int, extra: int = 0) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(option, value, ctypes.c_ulong(extra), 0, 0) == 0)


def forbid_new_processes() -> bool:
    """Refuse fork and exec from here on; False where the system can't."""
    if sys.platform != "linux" or platform.machine() not in ARCHES:
        return False
    program = _no_new_processes()
    held = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(held))
    filter_ = ctypes.create_string_buffer(header, len(header))
    return _prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(filter_))


def die_with_parent() -> bool:
    """Ask the kernel to kill this process when its parent dies; False where it can't."""
    return sys.platform == "linux" and _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _set(name: int, value: int) -> None:
    import resource

    _, hard = resource.getrlimit(name)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    with contextlib.suppress(OSError, ValueError):  # macOS refuses some bounds on memory
        resource.setrlimit(name, (value, value))


def apply(limits: Limits) -> list[str]:
    """Bind this process to `limits`; gives the names of the layers in force."""
    if sys.platform == "win32":
        return ["own process", "time and output limits"]
    import resource

    with contextlib.suppress(OSError):
        os.setpgid(0, 0)
    _set(resource.RLIMIT_AS, limits.memory_mb * MIB)
    _set(resource.RLIMIT_CPU, limits.cpu_s)
    _set(resource.RLIMIT_FSIZE, limits.file_mb * MIB)
    _set(resource.RLIMIT_NOFILE, limits.open_files)
    _set(resource.RLIMIT_CORE, 0)
    layers = ["own process", "limits on memory, cpu, files, output, time"]
    if die_with_parent():
        layers.append("dies with the grader")
    if sys.platform == "linux" and _prctl(PR_SET_NO_NEW_PRIVS, 1):
        layers.append("no new privileges")
        if forbid_new_processes():
            layers.append("no new processes")
    return layers
