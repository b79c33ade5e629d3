"""What the site ships that others made: each with its version, its licence and the text of it."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yielddb import __version__
from yielddb.catalogue import Course
from yielddb.site.playground import ASSETS, FOLDER, playable, scripts

MATERIAL = "mkdocs-material"
ICONS = "material/templates/.icons/material/LICENSE"
OWN = "MIT"


@dataclass(frozen=True, slots=True)
class Licence:
    """One work of others, or our own."""

    name: str
    version: str
    licence: str
    text: str


@dataclass(frozen=True, slots=True)
class Shipped:
    """One file that a page may load; `unpacked` is its size in memory, where that differs."""

    name: str
    size: int
    unpacked: int | None = None


def licences(course: Course) -> list[Licence]:
    """All of them, ours first; of scripts and of the runtime as their builds wrote them down."""
    own = course.root / "LICENSE"
    found = [Licence("yielddb", __version__, OWN, own.read_text("utf-8"))] if own.is_file() else []
    found += _theme()
    shown = {path.name for path in scripts(course)}
    found += [_read(one) for one in _list(ASSETS) if shown & set(one["bundles"])]
    if playable(course):
        found += map(_read, _list(course.runtime_dir))
    return found


def _list(folder: Path) -> list[dict[str, Any]]:
    written: list[dict[str, Any]] = json.loads((folder / "licences.json").read_text("utf-8"))
    return written


def _read(one: dict[str, Any]) -> Licence:
    return Licence(one["name"], one["version"], one["licence"], one["text"])


def _theme() -> Iterator[Licence]:
    package = importlib.metadata.distribution(MATERIAL)
    files = [file for file in package.files or [] if file.match("licenses/LICENSE*")]
    text = "\n".join(file.read_text("utf-8") for file in files)
    version = package.version
    yield Licence("Material for MkDocs", version, package.metadata["License-Expression"], text)
    icons = Path(str(package.locate_file(ICONS))).read_text("utf-8")
    yield Licence("Material Design Icons", version, "Apache-2.0", icons)


def shipped(course: Course) -> list[Shipped]:
    """The scripts of the site, and each byte of what runs Python in a page."""
    found = [Shipped(f"assets/{path.name}", path.stat().st_size) for path in scripts(course)]
    if not playable(course):
        return found
    manifest = json.loads((course.runtime_dir / "manifest.json").read_text("utf-8"))
    unpacked = {file["name"]: file["unpacked"] for file in manifest["files"]}
    for path in sorted(course.runtime_dir.iterdir()):
        found.append(Shipped(f"{FOLDER}/{path.name}", path.stat().st_size, unpacked.get(path.name)))
    return found
