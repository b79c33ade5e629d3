"""Installs each grader into a virtual environment of its own, from its pinned requirements."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PLACE = HERE.parent / ".cache" / "benchmarks"


def binaries(package: str) -> Path:
    """The folder of the grader's commands; installed at its first use, and after a new lock."""
    name = package.removesuffix("-grader")
    locked = HERE / "requirements" / f"{name}.txt"
    digest = hashlib.sha256(locked.read_bytes()).hexdigest()
    place = PLACE / name
    stamp = place / "installed"
    if not stamp.exists() or stamp.read_text() != digest:
        print(f"installing {package} into {place} ...", file=sys.stderr, flush=True)
        shutil.rmtree(place, ignore_errors=True)
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "-q", "--python", sys.executable, place], check=True)
        install = ["pip", "install", "-q", "--compile-bytecode", "--require-hashes", "-r", locked]
        subprocess.run([*uv, *install, "--python", place / "bin" / "python"], check=True)
        stamp.write_text(digest)
    return place / "bin"


def compile_own() -> None:
    """Bytecode for the environment that this runs in, as every installer makes it."""
    places = [path for path in sys.path if Path(path).name == "site-packages"]
    package = HERE.parent / "src"
    subprocess.run([sys.executable, "-m", "compileall", "-q", *places, package], check=False)


def version(folder: Path, package: str) -> str:
    """The version of a package in an environment."""
    code = f"from importlib.metadata import version; print(version({package!r}))"
    done = subprocess.run(
        [folder / "python", "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
