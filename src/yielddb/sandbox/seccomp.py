"""The system call filter: a BPF program that refuses what an app has no use for."""

from __future__ import annotations

import platform
import struct

from yielddb.sandbox import kernel, syscalls

ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000
EPERM, ENOSYS = 1, 38
LOAD, MASK, RETURN = 0x20, 0x54, 0x06
IF_EQUAL, IF_AT_LEAST, IF_ANY_BIT = 0x15, 0x35, 0x45
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
NR, ARCH, FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
LOW_HALF = 8  # bytes from one argument to the next; both machines are little-endian

CLONE_THREAD = 0x00010000
NEW_NAMESPACES = 0x7E020000  # every CLONE_NEW* flag
AF_UNIX, SOCK_STREAM, SOCK_TYPE = 1, 1, 0xF
PR_SET_PDEATHSIG = 1
# commands of fcntl(2) and ioctl(2) that make the kernel send signals or type into a terminal
F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY = 8, 10, 15, 1024, 1026
FIOSETOWN, SIOCSPGRP, TIOCSTI, TIOCLINUX = 0x8901, 0x8902, 0x5412, 0x541C

Steps = list[bytes]


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value & 0xFFFFFFFF)


REFUSE, PASS = _step(RETURN, ERRNO | EPERM), _step(RETURN, ALLOW)
UNKNOWN = _step(RETURN, ERRNO | ENOSYS)


def _when(number: int, steps: Steps) -> Steps:
    """`steps` for one system call; they end in a return."""
    return [_step(IF_EQUAL, number, 0, len(steps)), *steps]


def _argument(index: int) -> bytes:
    return _step(LOAD, FIRST_ARGUMENT + index * LOW_HALF)


def _only(index: int, values: tuple[int, ...]) -> Steps:
    """Allowed if the argument is one of `values`."""
    tests = [_step(IF_EQUAL, value, len(values) - place, 0) for place, value in enumerate(values)]
    return [_argument(index), *tests, REFUSE, PASS]


def _none_of(index: int, values: tuple[int, ...]) -> Steps:
    """Allowed unless the argument is one of `values`."""
    tests = [_step(IF_EQUAL, value, len(values) - place, 0) for place, value in enumerate(values)]
    return [_argument(index), *tests, PASS, REFUSE]


def _conditions(pid: int) -> dict[str, Steps]:
    """What depends on the arguments, by name."""
    threads = [
        _argument(0),
        _step(IF_ANY_BIT, NEW_NAMESPACES, 1, 0),
        _step(IF_ANY_BIT, CLONE_THREAD, 1, 0),
        REFUSE,
        PASS,
    ]
    # a pair of datagram sockets could send to any address
    pairs = [
        _argument(0),
        _step(IF_EQUAL, AF_UNIX, 0, 3),
        _argument(1),
        _step(MASK, SOCK_TYPE),
        _step(IF_EQUAL, SOCK_STREAM, 1, 0),
        REFUSE,
        PASS,
    ]
    return {
        "clone": threads,
        "clone3": [UNKNOWN],  # glibc falls back to clone, whose flags can be read
        "socketpair": pairs,
        "kill": _only(0, (pid,)),
        "tgkill": _only(0, (pid,)),
        "prlimit64": _only(0, (0, pid)),
        "prctl": _none_of(0, (PR_SET_PDEATHSIG,)),
        "fcntl": _none_of(1, (F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY)),
        "ioctl": _none_of(1, (FIOSETOWN, SIOCSPGRP, TIOCSTI, TIOCLINUX)),
    }


def program(pid: int, machine: str | None = None) -> bytes:
    """The filter for the process `pid` as BPF instructions.

    Raises KeyError on a machine whose numbers are not known.
    """
    machine = machine or platform.machine()
    steps = [
        _step(LOAD, ARCH),
        _step(IF_EQUAL, ARCHITECTURES[machine], 1, 0),
        _step(RETURN, KILL),  # 32-bit calls have other numbers
        _step(LOAD, NR),
        _step(IF_AT_LEAST, syscalls.FIRST_UNKNOWN, 0, 1),  # the x32 numbers among them
        UNKNOWN,
    ]
    for name, allowed in _conditions(pid).items():
        steps += _when(syscalls.required(name, machine), allowed)
    for name in syscalls.FORBIDDEN:
        if (number := syscalls.number(name, machine)) is not None:
            steps += _when(number, [REFUSE])
    return b"".join([*steps, PASS])


def enter(pid: int) -> None:
    """Filter the system calls of this process and all its threads from here on."""
    kernel.install_filter(program(pid))
