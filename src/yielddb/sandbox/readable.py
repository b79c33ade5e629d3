"""What an app needs to read of this system: Python, its packages, libraries, time zones."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import yielddb

LIBRARIES = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib")
DATA = (
    "/usr/share/zoneinfo",
    "/etc/localtime",
    "/etc/ld.so.cache",
    "/etc/mime.types",  # Starlette asks for the type of a file it serves
    "/etc/ssl/openssl.cnf",
)
WRITABLE_DEVICES = ("/dev/null",)
READABLE_DEVICES = ("/dev/zero", "/dev/random", "/dev/urandom")
PACKAGE = Path(yielddb.__file__).parent  # an installed course lies in it, checks and solutions too


def _wanted() -> list[Path]:
    """All that exists, as this Python spells it."""
    python = [*sys.path, *sysconfig.get_paths().values()]
    python += [f"{prefix}/lib" for prefix in (sys.prefix, sys.base_prefix)]
    left_out = {sysconfig.get_path("scripts"), sysconfig.get_path("data"), "", ".", "/"}
    return [Path(p) for p in (*python, *LIBRARIES, *DATA) if p not in left_out and Path(p).exists()]


def tops() -> list[Path]:
    """Folders and files, outermost only, links resolved."""
    outer: list[Path] = []
    for path in sorted({path.resolve() for path in _wanted()}):
        if not any(path.is_relative_to(other) for other in outer):
            outer.append(path)
    return outer


def aliases() -> list[Path]:
    """What is spelt by way of a link: `/lib` where it is `/usr/lib`."""
    return sorted(path for path in _wanted() if path != path.resolve())
