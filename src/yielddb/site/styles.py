"""One small style sheet per page: Material's, without the rules that no page can use."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

import tinycss2  # type: ignore[import-untyped]

SHEETS = (
    "stylesheets/main.*.css",
    "stylesheets/palette.*.css",
    "course.css",
    "quiz.css",
)  # as they cascade
ONE = "stylesheets/site.css"  # the frame of a page links this one alone
WORD = re.compile(r"-?[A-Za-z_][\w-]*")
NAMED = re.compile(r"[.#](-?[A-Za-z_][\w-]*)|\[[\w-]+=\"?([A-Za-z][\w-]*)")  # or a value
ATTRIBUTE = re.compile(r"\s(?:[a-z][a-z-]*)=\"([^\"]*)\"")
NOT_NEEDED = re.compile(r":(?:not|is|where)\([^)]*\)")  # names that need not be there
ICON = re.compile(r"(--md-[\w-]+):url\([^)]*\);?")
BLANKS = re.compile(r"\s+")


def trim(site: Path) -> None:
    """Join the sheets of a built site into one and drop what its pages and scripts never name."""
    assets = site / "assets"
    sheets = [path for pattern in SHEETS for path in sorted(assets.glob(pattern))]
    text = "\n".join(path.read_text("utf-8") for path in sheets)
    words = set()
    for path in site.rglob("*.html"):
        for value in ATTRIBUTE.findall(path.read_text("utf-8")):
            words |= set(value.split())
    for path in assets.rglob("*.js"):
        if not {"lunr", "workers"} & set(path.parts):  # these never touch a page
            words |= set(WORD.findall(path.read_text("utf-8")))
    (assets / ONE).write_text(_without_icons("".join(_rules(_parsed(text), words))), "utf-8")
    for path in (*sheets, *assets.rglob("*.map")):
        path.unlink()


def _parsed(text: str) -> list[tinycss2.ast.Node]:
    parsed: list[tinycss2.ast.Node] = tinycss2.parse_stylesheet(
        text, skip_comments=True, skip_whitespace=True
    )
    return parsed


def _rules(rules: list[tinycss2.ast.Node], words: Collection[str]) -> Iterator[str]:
    """The rules whose selectors name only classes and ids that are in use, at-rules opened."""
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = _split(_flat(tinycss2.serialize(rule.prelude)))
            if kept := [one for one in selectors if _in_use(one, words)]:
                yield f"{','.join(kept)}{{{_flat(_body(rule))}}}"
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports"):
            inner = tinycss2.parse_rule_list(rule.content, True, True)
            if text := "".join(_rules(inner, words)):
                yield f"@{rule.at_keyword}{_flat(tinycss2.serialize(rule.prelude))}{{{text}}}"
        elif rule.type == "at-rule":
            yield _flat(rule.serialize())


def _body(rule: tinycss2.ast.QualifiedRule) -> str:
    text: str = tinycss2.serialize([node for node in rule.content if node.type != "comment"])
    return text.strip()


def _flat(text: str) -> str:
    return BLANKS.sub(" ", text)


def _split(selectors: str) -> list[str]:
    """At the commas that stand outside of brackets."""
    found, depth, begin = [], 0, 0
    for place, letter in enumerate(selectors):
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and not depth:
            found.append(selectors[begin:place])
            begin = place + 1
    return [one.strip() for one in (*found, selectors[begin:])]


def _in_use(selector: str, words: Collection[str]) -> bool:
    found = NAMED.findall(NOT_NEEDED.sub("", selector))
    return all((name or value) in words for name, value in found)


def _without_icons(text: str) -> str:
    """Icons are variables that hold an image; those that nothing asks for weigh most."""
    return ICON.sub(lambda found: found[0] if f"var({found[1]})" in text else "", text)
