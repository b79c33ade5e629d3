"""Moves the warm parent into namespaces of its own, with a root of Python and one folder."""

from __future__ import annotations

import ctypes
import os
import signal
import struct
from pathlib import Path

from yielddb.sandbox import kernel, readable, syscalls
from yielddb.sandbox.levels import NAMESPACES

NEWNS, NEWUTS, NEWIPC = 0x00020000, 0x04000000, 0x08000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000
ALL = NEWNS | NEWPID | NEWNET | NEWIPC | NEWUTS
IN_FORCE = f"{NAMESPACES.name}: files, processes, network, ipc of its own"
BIND, RECURSIVE, PRIVATE, DETACH = 4096, 16384, 1 << 18, 2
NO_SUID, NO_DEVICES = 2, 4
ATTR_READ_ONLY, ATTR_NO_SUID, ATTR_NO_DEVICES = 1, 2, 4
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
WORKED = b"worked"
HERE_ONLY = "size=1m,mode=755"  # names of folders are all that the new root itself holds


def enter(root: Path) -> str:
    """Go on in a new process inside; gives why not where the system refuses, "" on success.

    The process that called stays outside: it waits for the one inside, removes `root` and ends
    as that one did. Call it before anything starts a thread.
    """
    if not kernel.known():
        return "Linux on x86-64 or arm64 is needed"
    read, write = os.pipe()
    keeper = os.fork()
    if keeper == 0:
        os.close(read)
        if _inside(root, write):
            return ""
        os._exit(0)  # why, is in the pipe
    os.close(write)
    with os.fdopen(read, "rb") as told:
        says = told.read()
    if says != WORKED:
        os.waitpid(keeper, 0)
        return says.decode("utf-8", "replace") or "the process inside died"
    return _wait_outside(keeper, root)


def _wait_outside(keeper: int, root: Path) -> str:
    from yielddb.sandbox.removing import remove

    os.closerange(3, os.sysconf("SC_OPEN_MAX") & 0xFFFF)  # the judge must see the inside hang up
    _, status = os.waitpid(keeper, 0)
    remove(root)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _inside(root: Path, tell: int) -> bool:
    """In the keeper: make the namespaces; True in the process that lives in them."""
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    step = "unshare"
    try:
        user, group = os.geteuid(), os.getegid()
        # root needs no user namespace, and in one it could not read a Python of somebody else's
        is_root = kernel.is_capable(kernel.CAP_SYS_ADMIN)
        kernel.checked(kernel.libc().unshare(ALL | (0 if is_root else NEWUSER)))
        if not is_root:
            step = "mapping users"
            _map_to_itself(user, group)
        inner = os.fork()  # the first process of the new pid namespace
        if inner:
            os.closerange(3, os.sysconf("SC_OPEN_MAX") & 0xFFFF)
            _, status = os.waitpid(inner, 0)
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        step = "making a root"
        _new_root(root)
    except OSError as error:
        os.write(tell, f"{step}: {error.strerror}".encode())
        os.close(tell)
        return False
    os.write(tell, WORKED)
    os.close(tell)
    return True


def _map_to_itself(user: int, group: int) -> None:
    """The one user that is known inside keeps its number."""
    for name, text in (("setgroups", "deny"), ("uid_map", user), ("gid_map", group)):
        line = text if isinstance(text, str) else f"{text} {text} 1"
        Path(f"/proc/self/{name}").write_text(line, "ascii")


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    names = [None if name is None else os.fsencode(name) for name in (source, target, kind)]
    kernel.checked(kernel.libc().mount(*names, ctypes.c_ulong(flags), os.fsencode(data)))


def _new_root(root: Path) -> None:
    """Make a root of what Python needs, read-only, four devices and `root`; go into it."""
    new = root / "inside"
    new.mkdir()
    _mount("none", "/", None, RECURSIVE | PRIVATE)
    _mount("tmpfs", str(new), "tmpfs", NO_SUID | NO_DEVICES, HERE_ONLY)
    for path in readable.tops():
        _bind(path, new, read_only=True)
    for device in (*readable.WRITABLE_DEVICES, *readable.READABLE_DEVICES):
        _bind(Path(device), new, read_only=False)
    _bind(root, new, read_only=False)
    for alias in readable.aliases():
        if not (new / alias.relative_to("/")).exists():
            _bind(alias, new, read_only=True)
    os.chdir(new)
    kernel.syscall(syscalls.required("pivot_root"), b".", b".")
    kernel.checked(kernel.libc().umount2(b".", DETACH))
    os.chdir("/")
    _set_attributes("/", 0)


def _bind(path: Path, new: Path, read_only: bool) -> None:
    target = new / path.relative_to("/")
    if path.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    _mount(str(path), str(target), None, BIND | (RECURSIVE if read_only else 0))
    if read_only:
        _set_attributes(str(target), AT_RECURSIVE)


def _set_attributes(target: str, flags: int) -> None:
    """Make a mount read-only, without programs that gain rights and without devices."""
    wanted = ATTR_READ_ONLY | ATTR_NO_SUID | ATTR_NO_DEVICES
    attributes = struct.pack("QQQQ", wanted, 0, 0, 0)
    kernel.syscall(
        syscalls.required("mount_setattr"),
        AT_FDCWD,
        os.fsencode(target),
        flags,
        attributes,
        len(attributes),
    )
