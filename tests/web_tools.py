"""The tools of `web/` for tests: npm's packages as locked, and the Chromium of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[1]
WEB = ROOT / "web"
INSTALL_S = 180  # a cold npm cache on a slow line


def packages() -> Path:
    """`web/node_modules` as the lock says; without npm a skip, in CI a failure."""
    npm = shutil.which("npm")
    if npm is None:
        _missing("Node is not installed: npm was not found")
    modules = WEB / "node_modules"
    stamp, lock = modules / ".package-lock.json", WEB / "package-lock.json"
    if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
        done = subprocess.run(
            [npm, "ci", "--prefer-offline"],
            cwd=WEB,
            capture_output=True,
            text=True,
            timeout=INSTALL_S,
        )
        if done.returncode:
            _missing(f"npm ci failed: {done.stderr[-500:]}")
    return modules


def node(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run node below `web/`."""
    packages()
    found = shutil.which("node")
    assert found is not None
    return subprocess.run(
        [found, *arguments], cwd=WEB, capture_output=True, text=True, timeout=INSTALL_S
    )


def _missing(why: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)
