"""The components' source: types, unit tests, and a bundle that is what the source says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from web_tools import ROOT, node

BUNDLES = (
    *("player.js", "player.uk.js", "player.ru.js", "player.lazy.js"),
    *("quiz.js", "quiz.uk.js", "quiz.ru.js"),
    *("playground.js", "playground.uk.js", "playground.ru.js", "playground.lazy.js"),
    *("site.js", "search.js", "sw.js"),
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles")
    done = node("build.mjs", "--out", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("name", BUNDLES)
def test_the_bundle_is_fresh(built: Path, name: str) -> None:
    """What is committed is what `make web` builds from web/src."""
    committed = (ROOT / "src" / "yielddb" / "assets" / name).read_bytes()
    assert committed == (built / name).read_bytes(), f"{name} is stale; freshen it with: make web"
    assert committed.startswith(b"// Built from web/src: never edited. Freshen it with: make web")


def test_the_licences_are_those_of_the_bundles(built: Path) -> None:
    """Written by the same build; the search has its library, and no text is empty."""
    committed = (ROOT / "src" / "yielddb" / "assets" / "licences.json").read_text("utf-8")
    assert committed == (built / "licences.json").read_text("utf-8"), "stale; freshen it: make web"
    held = {one["name"]: one for one in json.loads(committed)}
    assert held["minisearch"]["bundles"] == ["search.js"]
    assert held["@codemirror/view"]["bundles"] == ["playground.js"]
    assert all(one["text"].strip() and one["licence"] for one in held.values())


def test_the_types_are_strict() -> None:
    """The TypeScript compiler has nothing to say."""
    done = node("node_modules/typescript/bin/tsc")
    assert done.returncode == 0, done.stdout


def test_the_logic_holds() -> None:
    """The unit tests of the components pass."""
    done = node("build.mjs", "--test")
    assert done.returncode == 0, done.stdout[-3000:]


def test_the_lock_names_no_host() -> None:
    """The lock pins by integrity; where packages come from is the reader's choice."""
    lock = (ROOT / "web" / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in lock
    assert '"integrity"' in lock
