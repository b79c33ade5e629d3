"""Builds the site: facts are gathered once, then mkdocs makes the HTML of each language."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from yielddb.catalogue import Course
from yielddb.lesson.transcript import Recorder, recording
from yielddb.problems import Problem, Problems
from yielddb.site import frame, links, playground, search, styles
from yielddb.site.facts import Progress, gather
from yielddb.site.languages import CODES, TEMPLATES, language
from yielddb.site.pages import Pages, copy_styles
from yielddb.site.reference import Command

LOOK = "mkdocs.yml"
THEME = TEMPLATES / "theme"
BUILT = "built.txt"  # in the folder of a language: what it was built from
NOT_IN_NAV = (
    "/licences.md",
    "/misconceptions/*.md",
    "!/misconceptions/index.md",
    "/lessons/*/answers.md",
)
PAGE = re.compile(r"Doc file '(?:lessons/)?([\w/.-]+)\.md'")
TOOLS = ("mkdocs", "mkdocs-material", "markdown", "pymdown-extensions", "pygments")


def build_site(
    course: Course,
    out: Path,
    commands: Sequence[Command],
    progress: Progress = lambda message: None,
    recorder: Recorder | None = None,
    *,
    address: str = "",
    languages: Sequence[str] = CODES,
) -> Path:
    """Build the site of a course into `out`, a folder for each language.

    `address` is where it will be published, sub-path included; without it there are no canonical
    addresses and no site map, and the site works wherever it lies. What is there of an earlier
    build and comes out the same is left alone. Raises Problems with what is wrong in any lesson,
    with what mkdocs refuses, or with links that lead nowhere.
    """
    out.mkdir(parents=True, exist_ok=True)
    with recording(recorder) as one:
        facts = gather(course, commands, one, progress)
        for code in languages:
            with tempfile.TemporaryDirectory() as folder:
                stage = Path(folder)
                pages = Pages(facts, language(code), stage / "docs", one)
                pages.write()
                copy_styles(course.root, stage / "docs")
                _configure(course, stage, pages, address, languages)
                _language(course, stage, out / code, progress)
    _clear(out, languages)
    frame.write(facts, out, languages, address)
    playground.publish(course, out)
    if found := links.problems(out):
        raise Problems(found)
    return out


def _configure(
    course: Course, stage: Path, pages: Pages, address: str, languages: Sequence[str]
) -> None:
    """The mkdocs.yml of one language, on top of the look of the course."""
    spoken = pages.language
    root = address.rstrip("/")
    config: dict[str, Any] = {
        "INHERIT": str((course.root / LOOK).resolve()),
        "docs_dir": "docs",
        "nav": pages.nav(),
        "not_in_nav": "\n".join(NOT_IN_NAV),
        "site_url": f"{root}/{spoken.code}/" if root else "",
        "site_description": spoken.words["description"],
        "theme": {"language": spoken.code, "custom_dir": str(THEME)},
        "extra": {
            "alternate": True,
            "root": f"{root}/" if root else "",
            "languages": {code: language(code).words["language"] for code in languages},
            "words": dict(spoken.words),
            "notices": {key: spoken.words[key] for key in ("stale", "untranslated")},
        },
    }
    config["extra_javascript"] = list(_scripts(course, stage / "docs" / "assets", spoken.code))
    if playground.playable(course):
        config["extra_javascript"].append({"path": f"assets/{playground.LOADER}", "defer": True})
    (stage / LOOK).write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False), "utf-8")


def _scripts(course: Course, assets: Path, code: str) -> Iterator[dict[str, Any]]:
    """The components, copied; a page loads the words of its language first, the player last."""
    for path in playground.scripts(course):
        shutil.copy(path, assets)
    for name in (f"quiz.{code}.js", "quiz.js", "player.lazy.js"):
        if (assets / name).is_file():
            yield {"path": f"assets/{name}", "defer": True}


def _language(course: Course, stage: Path, out: Path, progress: Progress) -> None:
    """Run mkdocs, unless the folder of the language was built from the same files."""
    made_from = _made_from(stage, course.root / LOOK)
    built = out / BUILT
    if built.is_file() and built.read_text("utf-8") == made_from:
        return
    progress(f"pages to HTML: {out.name}")
    fresh = stage / "site"
    _mkdocs(course, stage, fresh)
    search.pack(fresh)
    styles.trim(fresh, course.root / "web")
    (fresh / BUILT).write_text(made_from, "utf-8")
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(fresh, out)


def _made_from(stage: Path, look: Path) -> str:
    """Tells a build from another: the files that mkdocs reads, and its version."""
    digest = hashlib.sha256(look.read_bytes() if look.is_file() else b"")
    digest.update(" ".join(importlib.metadata.version(tool) for tool in TOOLS).encode())
    for module in (search.__file__, styles.__file__):
        digest.update(Path(module).read_bytes())
    for folder in (stage, THEME):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _clear(out: Path, languages: Sequence[str]) -> None:
    """Remove what an earlier build left and this one does not make."""
    for path in out.iterdir():
        if path.name not in languages:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _mkdocs(course: Course, stage: Path, out: Path) -> None:
    # never with -q: together with --strict it would let a broken link pass
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", LOOK, "-d", out.resolve()],
        cwd=stage,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Problems(_complaints(course, done.stderr.replace(f"{stage}/", "")))


def _complaints(course: Course, log: str) -> list[Problem]:
    """The warnings of mkdocs, else all it said, as problems of the lessons they are about."""
    sources = {lesson.slug: lesson.text for lesson in course.lessons}
    found = re.findall(r"^(?:WARNING|ERROR)\s+-\s+(.+)$", log, re.MULTILINE)
    problems = set()
    for says in found or [log.strip() or "mkdocs failed and said nothing"]:
        page = PAGE.search(says)
        path = sources.get(page[1], course.root / LOOK) if page else course.root / LOOK
        problems.add(Problem(path, 0, f"mkdocs: {says}", "mend the link, the text or mkdocs.yml"))
    return sorted(problems)
