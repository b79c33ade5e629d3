"""The pages of one language as Markdown, in the folder that mkdocs reads."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from yielddb.lesson.blocks import Predict, Trace
from yielddb.lesson.questions import Asked, answers_page, questions
from yielddb.lesson.rendering import Renderer, plain, templates
from yielddb.lesson.text import Cell, LessonText, Prose
from yielddb.lesson.transcript import Recorder
from yielddb.lesson.translation import is_stale
from yielddb.sandbox import levels
from yielddb.site.facts import Facts, LessonFacts
from yielddb.site.languages import TEMPLATES, Language
from yielddb.site.licences import licences, shipped
from yielddb.site.misconceptions import Misconception
from yielddb.site.playground import is_buildable, needs_server, playable
from yielddb.site.reference import exit_codes

LESSON_LINK = re.compile(r"\]\((?:\./)?\d{2,}_([a-z][a-z0-9_]*\.md)")
NOT_ID = re.compile(r"[^a-z0-9]+")
SHOWCASE = "showcase"  # front matter: the trace block that the first page shows
# What a block is rendered without, unless a page says so.
ALONE: Mapping[str, Any] = {
    "checks": (),
    "asleep": "",
    "playground": False,
    "needs_server": "",
    "no_playground": False,
}
# Pages with one template, or one per language: address -> key of the words for the nav.
SINGLE = {
    "reference/commands": "commands",
    "reference/checks": "checks",
    "reference/formats": "formats",
    "teaching": "teaching",
    "proof": "proof",
}


@dataclass(frozen=True, slots=True)
class Pages:
    """Writes the pages of one language into a folder."""

    facts: Facts
    language: Language
    docs: Path
    recorder: Recorder

    def write(self) -> None:
        """Write all pages.

        Raises Problems when an answer of a block can't be computed.
        """
        for lesson in self.facts.lessons:
            self._put(f"notebooks/{lesson.lesson.stem}.ipynb", lesson.notebook)
            slug, text = lesson.lesson.slug, lesson.in_language(self.language.code)
            self._put(f"lessons/{slug}.md", self._lesson(lesson))
            self._put(f"lessons/{slug}/answers.md", answers_page(self._renderer(text, "answers")))
        self._put("index.md", self._single("home", showcase=self._showcase()))
        for address in SINGLE:
            self._put(f"{address}.md", self._single(Path(address).name))
        self._put("review.md", self._single("review", asked=list(self._asked())))
        course = self.facts.course
        page = self._single("licences", licences=licences(course), shipped=shipped(course))
        self._put("licences.md", page)
        self._put("misconceptions/index.md", self._misconceptions())
        for row in self.facts.misconceptions:
            self._put(f"misconceptions/{row.id}.md", self._misconception(row))

    def nav(self) -> list[dict[str, Any]]:
        """The navigation, as mkdocs reads it."""
        words = self.language.words
        lessons = [
            {self._title(one): f"lessons/{one.lesson.slug}.md"} for one in self.facts.lessons
        ]
        pages = [{words[key]: f"{address}.md"} for address, key in SINGLE.items()]
        return [
            {words["home"]: "index.md"},
            {words["lessons"]: lessons},
            {words["review"]: "review.md"},
            {words["misconceptions"]: "misconceptions/index.md"},
            {words["reference"]: pages[:3]},
            *pages[3:],
        ]

    def _title(self, lesson: LessonFacts) -> str:
        text = lesson.in_language(self.language.code)
        return f"{lesson.lesson.number} {plain(str(text.head['title']))}"

    def _put(self, name: str, text: str) -> None:
        path = self.docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    # --- lessons

    def _renderer(self, text: LessonText, front: str = "site", **names: Any) -> Renderer:
        renderer = Renderer(text, front, self.recorder)
        renderer.environment.globals |= {"w": self.language.words, "language": self.language}
        renderer.environment.globals |= {**ALONE, **names}
        return renderer

    def _lesson(self, lesson: LessonFacts) -> str:
        text = lesson.in_language(self.language.code)
        shown = [check for check in lesson.checks if not check.hidden]
        course, slug = lesson.lesson.course, lesson.lesson.slug
        renderer = self._renderer(
            text,
            checks=shown,
            playground=slug in playable(course),
            needs_server=needs_server(lesson.lesson),
            no_playground=is_buildable(course),
        )
        pieces = [renderer.render("head", meta=self._meta(lesson, text))]
        titles = [section.title for section in lesson.text.sections]
        pieces += _pieces(text, renderer, titles)
        return "\n\n".join(pieces) + "\n"

    def _meta(self, lesson: LessonFacts, text: LessonText) -> Mapping[str, str]:
        """What the frame of the page has to know of its text."""
        if self.language.is_english:
            return {}
        if text is lesson.text:
            return {"notice": "untranslated"}
        return {"notice": "stale"} if is_stale(lesson.lesson, text) else {}

    # --- pages with a template of their own

    def _environment(self) -> jinja2.Environment:
        environment = templates()
        environment.globals |= {
            "w": self.language.words,
            "language": self.language,
            "facts": self.facts,
            "levels": levels,
            "exit_codes": exit_codes(),
        }
        return environment

    def _single(self, name: str, **more: Any) -> str:
        own = f"{name}.{self.language.code}.md"
        is_own = (TEMPLATES / "pages" / own).is_file()
        template = self._environment().get_template(f"site/pages/{own if is_own else f'{name}.md'}")
        texts = [one.in_language(self.language.code) for one in self.facts.lessons]
        text = template.render(texts=texts, **more)
        return text if is_own or self.language.is_english else _noted(text)

    def _showcase(self) -> str:
        """The recorded run that a lesson offers for the first page; empty where none does."""
        for lesson in self.facts.lessons:
            text = lesson.in_language(self.language.code)
            for block in text.blocks:
                if isinstance(block, Trace) and block.id == lesson.text.head.get(SHOWCASE):
                    return self._renderer(text).block(block)
        return ""

    def _asked(self) -> Iterator[Asked]:
        """Every question of every lesson, for the review."""
        for lesson in self.facts.lessons:
            text = lesson.in_language(self.language.code)
            yield from questions(self._renderer(text, asleep=f"{lesson.lesson.slug}-"))

    def _misconceptions(self) -> str:
        groups = [
            (one, [row for row in self.facts.misconceptions if row.first_lesson == one.lesson])
            for one in self.facts.lessons
        ]
        rest = [row for row in self.facts.misconceptions if row.first_lesson is None]
        return self._single("misconceptions", groups=groups, rest=rest)

    def _misconception(self, row: Misconception) -> str:
        watch = ""
        if row.debug:
            lesson, block = row.debug
            watch = self._renderer(lesson).block(block)
        return self._single("misconception", row=row, watch=watch)


def _noted(text: str) -> str:
    """The page says in its head that it is not translated."""
    return text.replace("---\n", "---\nnotice: untranslated\n", 1)


def _pieces(text: LessonText, renderer: Renderer, titles: list[str]) -> Iterator[str]:
    """The sections; their anchors are those of the English titles, in every language."""
    outputs = text.outputs()
    predicted = {block.cell for block in text.blocks if isinstance(block, Predict)}
    for section, title in zip(text.sections, titles, strict=True):
        if section.title:
            yield f"## {section.title} {{ #{NOT_ID.sub('-', title.lower()).strip('-')} }}"
        for part in section.parts:
            if isinstance(part, Prose):
                yield LESSON_LINK.sub(r"](\1", part.source)
            elif isinstance(part, Cell):
                output = outputs[part.index].text
                folded = part.name in predicted
                yield renderer.render("cell", cell=part, output=output, folded=folded)
            else:
                yield renderer.block(part)


def copy_styles(root: Path, docs: Path) -> None:
    """The style sheets of the course go along as they are."""
    (docs / "assets").mkdir(parents=True, exist_ok=True)
    for path in (root / "web").glob("*.css"):
        shutil.copy(path, docs / "assets")
