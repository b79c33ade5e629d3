"""Makes namespaces, mounts, a root of its own."""

import ctypes
import os

from tools import app, attempt, call

__all__ = ["app"]

x86 = os.uname().machine == "x86_64"
NEWUSER, NEWNS = 0x10000000, 0x00020000
attempt("user", lambda: call("unshare", NEWUSER))
attempt("mounts", lambda: call("unshare", NEWNS))
attempt("mount", lambda: call("mount", b"x", b".", b"tmpfs", 0, 0))
attempt("unmount", lambda: call("umount2", b"/", 2))
attempt("tree", lambda: call("syscall", 428, -100, b"/", 1))
attempt("chroot", lambda: os.chroot("."))
attempt("handle", lambda: call("open_by_handle_at", 3, ctypes.c_char_p(bytes(64)), 0))
attempt("clone", lambda: call("syscall", 56 if x86 else 220, NEWUSER | 17, 0, 0, 0, 0))
