"""Runs a command as others have to: as an ordinary user, or in a container.

    python confined.py user|container|bare COMMAND...

`user` (from root alone): nobody, who may read this Python and this repository, even in a closed
home. `container`: no capabilities, and no namespaces. `bare`: no Landlock either.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import tempfile
from pathlib import Path

from yielddb.sandbox import kernel, namespaces, syscalls
from yielddb.sandbox.limits import forbid_new_privileges

NOBODY = 65534
PR_CAPBSET_DROP, CAPABILITIES = 24, 41
REFUSED = {
    "container": ("unshare", "setns", "mount"),
    "bare": ("unshare", "setns", "mount", "landlock_create_ruleset"),
}
EPERM = 0x00050000 | 1
REPOSITORY = Path(__file__).resolve().parents[1]


def become_nobody() -> None:
    """Open the way to this Python and to the repository for this process; change the user."""
    kernel.checked(kernel.libc().unshare(namespaces.NEWNS))
    namespaces._mount("none", "/", None, namespaces.RECURSIVE | namespaces.PRIVATE)
    wanted = {Path(sys.base_prefix), Path(sys.prefix), REPOSITORY}
    closed = {top for path in wanted for top in path.parents if not top.stat().st_mode & 0o001}
    for top in sorted(closed):
        open_the_way(top, [path for path in wanted if path.is_relative_to(top)])
    os.chdir(REPOSITORY)
    os.environ.update(HOME="/nonexistent", PYTHONDONTWRITEBYTECODE="1")
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def open_the_way(closed: Path, paths: list[Path]) -> None:
    """Put a folder that all may enter in the place of `closed`, with nothing but `paths` in it."""
    aside = Path(tempfile.mkdtemp(prefix="yielddb-aside-"))
    namespaces._mount("tmpfs", str(aside), "tmpfs", 0, "mode=755")
    kind = namespaces.BIND | namespaces.RECURSIVE
    for path in paths:
        (aside / path.relative_to(closed)).mkdir(parents=True, exist_ok=True)
        namespaces._mount(str(path), str(aside / path.relative_to(closed)), None, kind)
    namespaces._mount(str(aside), str(closed), None, kind)
    kernel.checked(kernel.libc().umount2(os.fsencode(aside), namespaces.DETACH))
    aside.rmdir()


def refuse(names: tuple[str, ...]) -> None:
    """Drop all capabilities and refuse system calls, as a container's profile does."""
    for number in range(CAPABILITIES):
        if kernel.is_capable(8):  # CAP_SETPCAP
            kernel.prctl(PR_CAPBSET_DROP, number)
    header = struct.pack("Ii", kernel.CAPABILITY_VERSION_3, 0)
    kernel.checked(kernel.libc().capset(kernel.Bytes(header), kernel.Bytes(bytes(24))))
    assert forbid_new_privileges()
    steps = [struct.pack("HBBI", 0x20, 0, 0, 0)]  # load the number of the call
    for name in names:
        steps.append(struct.pack("HBBI", 0x15, 0, 1, syscalls.required(name)))
        steps.append(struct.pack("HBBI", 0x06, 0, 0, EPERM))
    kernel.install_filter(b"".join([*steps, struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000)]))


def main(kind: str, command: list[str]) -> None:
    """Become what `kind` says, then the command."""
    ctypes.CDLL(None).umask(0o022)
    if kind == "user":
        become_nobody()
    else:
        refuse(REFUSED[kind])
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
