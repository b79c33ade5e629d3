"""Landlock: which files a process may open, and that it may neither call out nor signal others."""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from yielddb.sandbox import kernel, syscalls

# landlock(7): rights on files, and the ABI that brought them
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_REG = 16, 32, 128, 256
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
FIRST_RIGHTS = (1 << 13) - 1
LATER_RIGHTS = ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEV))
TCP_ABI, BIND_AND_CONNECT = 4, 3
SCOPE_ABI, ABSTRACT_AND_SIGNAL = 6, 3
VERSION_FLAG, PATH_BENEATH = 1, 1

LIST = READ_DIR
READ = READ_FILE | READ_DIR
# no links, devices, pipes or sockets: the judge opens what it finds in these folders
OWN = (
    READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER | TRUNCATE
)  # fmt: skip
DEVICE = READ_FILE | WRITE_FILE
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV

Rule = tuple[str, int]


def abi() -> int:
    """The version that the kernel speaks; 0 without Landlock."""
    if not kernel.known():
        return 0
    try:
        return kernel.syscall(syscalls.required("landlock_create_ruleset"), None, 0, VERSION_FLAG)
    except OSError:
        return 0


def rights(version: int) -> int:
    """The rights on files that a version can refuse."""
    return FIRST_RIGHTS | sum(right for since, right in LATER_RIGHTS if version >= since)


def grants(tops: Iterable[Path], hidden: Iterable[Path]) -> list[Rule]:
    """Rules to read what is below `tops`, but nothing below `hidden`.

    Landlock can't take back what a folder above has been granted, so around something hidden
    each neighbour gets a rule of its own, and the folders on the way may be listed.
    """
    away = [Path(os.path.realpath(path)) for path in hidden]
    found: list[Rule] = []
    for top in tops:
        found += _around(Path(os.path.realpath(top)), away)
    return found


def _around(path: Path, hidden: list[Path]) -> list[Rule]:
    if any(path == one for one in hidden):
        return []
    if not any(one.is_relative_to(path) for one in hidden):
        return [(str(path), READ)]
    found = [(str(path), LIST)]
    with contextlib.suppress(OSError), os.scandir(path) as entries:
        for entry in entries:
            found += _around(Path(entry.path), hidden)
    return found


def ruleset(rules: Iterable[Rule]) -> int:
    """A descriptor of a set that refuses all but `rules`; raises OSError."""
    version = abi()
    handled = rights(version)
    network = BIND_AND_CONNECT if version >= TCP_ABI else 0
    scoped = ABSTRACT_AND_SIGNAL if version >= SCOPE_ABI else 0
    attributes = struct.pack("QQQ", handled, network, scoped)
    size = 24 if version >= SCOPE_ABI else 16 if version >= TCP_ABI else 8
    created = kernel.syscall(
        syscalls.required("landlock_create_ruleset"), attributes[:size], size, 0
    )
    for path, access in rules:
        with contextlib.suppress(FileNotFoundError, PermissionError):
            _add(created, path, access & handled)
    return created


def _add(to: int, path: str, access: int) -> None:
    beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not Path(path).is_dir():
            access &= ON_FILES
        rule = struct.pack("=Qi", access, beneath)
        if access:
            kernel.syscall(syscalls.required("landlock_add_rule"), to, PATH_BENEATH, rule, 0)
    finally:
        os.close(beneath)


def enter(ruleset_fd: int) -> None:
    """Bind this thread and what it starts to a set; needs no_new_privs."""
    kernel.syscall(syscalls.required("landlock_restrict_self"), ruleset_fd, 0)
    os.close(ruleset_fd)
