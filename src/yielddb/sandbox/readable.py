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


def tops() -> list[Path]:
    """Folders and files that exist, outermost only, links resolved."""
    python = [*sys.path, *sysconfig.get_paths().values()]
    python += [f"{prefix}/lib" for prefix in (sys.prefix, sys.base_prefix)]
    left_out = {sysconfig.get_path("scripts"), sysconfig.get_path("data"), "", "."}
    wanted = [Path(p) for p in (*python, *LIBRARIES, *DATA) if p not in left_out]
    real = sorted({path.resolve() for path in wanted if path.exists()})
    outer: list[Path] = []
    for path in real:
        if path != Path("/") and not any(path.is_relative_to(other) for other in outer):
            outer.append(path)
    return outer
