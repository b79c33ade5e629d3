"""The words of a Markdown text, without its code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt

MARKDOWN = MarkdownIt("commonmark").enable("table")
WORD = re.compile(r"\w[\w'’-]*")
UNKIND = re.compile(r"\b(simply|just|obviously|usually)\b", re.IGNORECASE)
NAMELESS = re.compile(r"\b(foo|bar|baz)\b", re.IGNORECASE)


def runs(markdown: str) -> Iterator[tuple[int, str, bool]]:
    """Runs of text as (line from 0, text, is inline code); fences are left out."""
    for token in MARKDOWN.parse(markdown):
        if token.type != "inline" or token.map is None:
            continue
        line = token.map[0]
        for child in token.children or []:
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            elif child.type in ("text", "code_inline"):
                yield line, child.content, child.type == "code_inline"


def count(markdown: str) -> int:
    """How many words a reader reads; a piece of inline code is one."""
    return sum(1 if code else len(WORD.findall(text)) for _, text, code in runs(markdown))


def unkind_words(markdown: str) -> Iterator[tuple[int, str]]:
    """Words that tell a reader it is easy, and names that say nothing, with their lines."""
    for line, text, code in runs(markdown):
        for pattern in (NAMELESS,) if code else (UNKIND, NAMELESS):
            yield from ((line, match[0]) for match in pattern.finditer(text))
