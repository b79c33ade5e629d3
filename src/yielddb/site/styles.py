"""One small style sheet per page: Material's and our own, without what no page can use."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import tinycss2  # type: ignore[import-untyped]

from yielddb.problems import Problem, Problems

SHEETS = (
    "stylesheets/main.*.css",
    "stylesheets/palette.*.css",
    "frame.css",
    "course.css",
    "quiz.css",
)  # as they cascade
ONE = "stylesheets/site.css"  # the frame of a page links this one alone
WORD = re.compile(r"-?[A-Za-z_][\w-]*")
NAMED = re.compile(r"[.#](-?[A-Za-z_][\w-]*)|\[[\w-]+=\"?([A-Za-z][\w-]*)")  # or a value
ATTRIBUTE = re.compile(r"\s(?:[a-z][a-z-]*)=\"([^\"]*)\"")
NOT_NEEDED = re.compile(r":(?:not|is|where)\([^)]*\)")  # names that need not be there
VARIABLE = re.compile(r"--[A-Za-z][\w-]*")
PREFIX = re.compile(r"-(?:webkit|moz|ms)-")
FROM_RIGHT = re.compile(r"\[dir=\"?rtl\"?\]")
FROM_LEFT = re.compile(r"\[dir=\"?ltr\"?\]")
BLANKS = re.compile(r"\s+")
NESTING = ("media", "supports")
STILL_PREFIXED = {"box-decoration-break"}  # Safari knows no other name


class Unreadable(Exception):
    """The line of a sheet that is no CSS, or CSS that is not taken apart here."""


@dataclass(slots=True)
class Rule:
    """A style rule with declarations, a group of rules, or an at-rule that is taken as it is."""

    head: str
    declarations: list[tuple[str, str]] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    whole: str = ""

    def text(self) -> str:
        """The rule as CSS; empty when nothing is left in it."""
        inner = ";".join(f"{name}:{value}" for name, value in self.declarations)
        inner += "".join(rule.text() for rule in self.rules)
        return self.whole or (f"{self.head}{{{inner}}}" if inner else "")


def trim(site: Path, sources: Path) -> None:
    """Join the sheets of a built site into one and drop what its pages and scripts never name.

    Raises Problems when a sheet can't be read, by its name in the folder `sources`.
    """
    assets = site / "assets"
    sheets = [path for pattern in SHEETS for path in sorted(assets.glob(pattern))]
    scripts = [path.read_text("utf-8") for path in assets.rglob("*.js")]
    words = {word for script in scripts for word in WORD.findall(script)}
    for path in site.rglob("*.html"):
        for value in ATTRIBUTE.findall(path.read_text("utf-8")):
            words |= set(value.split())
    rules: list[Rule] = []
    for path in sheets:
        nodes = tinycss2.parse_stylesheet(path.read_text("utf-8"), True, True)
        try:
            rules += _rules(nodes, words)
        except Unreadable as error:
            says = "a line that is no CSS the site can use"
            found = Problem(sources / path.name, error.args[0], says, "mend the style sheet")
            raise Problems([found]) from None
    _drop_variables(rules, {name for script in scripts for name in VARIABLE.findall(script)})
    (assets / ONE).write_text("".join(rule.text() for rule in rules), "utf-8")
    for path in (*sheets, *assets.rglob("*.map")):
        path.unlink()


def _rules(nodes: Iterable[tinycss2.ast.Node], words: Collection[str]) -> Iterator[Rule]:
    """The rules whose selectors name only classes and ids that are in use, at-rules opened."""
    for node in nodes:
        if node.type == "qualified-rule":
            selectors = [_one_way(one) for one in _split(_flat(tinycss2.serialize(node.prelude)))]
            if kept := [one for one in selectors if one and _in_use(one, words)]:
                yield Rule(",".join(kept), _declarations(node))
        elif node.type == "at-rule" and node.lower_at_keyword in NESTING:
            inner = _rules(tinycss2.parse_rule_list(node.content, True, True), words)
            head = f"@{node.at_keyword}{_flat(tinycss2.serialize(node.prelude)).rstrip()}"
            yield Rule(head, rules=list(inner))
        elif node.type == "at-rule":
            yield Rule("", whole=_flat(node.serialize()))
        else:
            raise Unreadable(node.source_line)


def _one_way(selector: str) -> str:
    """Every language here is written from the left: no rules for others, none that ask.

    `:root` weighs as much in the cascade as the attribute in whose place it stands.
    """
    return "" if FROM_RIGHT.search(selector) else FROM_LEFT.sub(":root", selector)


def _declarations(rule: tinycss2.ast.QualifiedRule) -> list[tuple[str, str]]:
    """Names and values; what has a prefix goes where the rule also has the plain name."""
    found = []
    for node in tinycss2.parse_blocks_contents(rule.content, True, True):
        if node.type != "declaration":
            raise Unreadable(node.source_line)
        inner = [part for part in node.value if part.type != "comment"]
        value = _flat(tinycss2.serialize(inner)).strip()
        found.append((node.name, f"{value}!important" if node.important else value))
    plain = {name for name, _ in found} - STILL_PREFIXED
    return [one for one in found if not PREFIX.match(one[0]) or PREFIX.sub("", one[0]) not in plain]


def _drop_variables(rules: list[Rule], asked: Collection[str]) -> None:
    """Variables that nothing asks for go; icons are variables, and weigh most."""
    every = list(_opened(rules))
    while True:
        values = [value for rule in every for _, value in rule.declarations]
        values += [rule.whole for rule in every]
        used = {name for value in values for name in VARIABLE.findall(value)} | set(asked)
        before = sum(len(rule.declarations) for rule in every)
        for rule in every:
            rule.declarations = [
                (name, value)
                for name, value in rule.declarations
                if not name.startswith("--") or name in used
            ]
        if before == sum(len(rule.declarations) for rule in every):
            return


def _opened(rules: Iterable[Rule]) -> Iterator[Rule]:
    for rule in rules:
        yield rule
        yield from _opened(rule.rules)


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
