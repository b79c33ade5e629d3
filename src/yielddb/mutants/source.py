"""A Python source that can be cut by the positions of its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

N = TypeVar("N", bound=ast.AST)


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of the source (in bytes), what takes its place, and how the line reads then.

    `line` is where the damage is, `was` and `becomes` are its text before and after.
    """

    start: int
    end: int
    new: str
    line: int
    was: str
    becomes: str


class Source:
    """One file of a solution."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.data = text.encode()  # the tree counts columns in bytes
        self.tree = ast.parse(text)
        self._offsets = [0]
        for line in self.data.splitlines(keepends=True):
            self._offsets.append(self._offsets[-1] + len(line))

    @cached_property
    def fixed(self) -> set[int]:
        """Constants that have an operator of their own, or none: statuses and docstrings."""
        statuses = [k.value for k in self.nodes(ast.keyword) if k.arg == "status_code"]
        docs = [node.value for node in self.nodes(ast.Expr)]
        return {id(node) for node in (*statuses, *docs)}

    def nodes(self, *kinds: type[N]) -> Iterator[N]:
        """All nodes of these kinds, outer ones first."""
        for node in ast.walk(self.tree):
            if isinstance(node, kinds):
                yield node

    def decorators(self) -> Iterator[ast.expr]:
        """The decorators of all functions."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from node.decorator_list

    def start(self, node: ast.AST) -> int:
        """Where a node begins, in bytes."""
        return self._offsets[_where(node, "lineno") - 1] + _where(node, "col_offset")

    def end(self, node: ast.AST) -> int:
        """Where a node ends, in bytes."""
        return self._offsets[_where(node, "end_lineno") - 1] + _where(node, "end_col_offset")

    def text_of(self, node: ast.AST) -> str:
        """The source of a node."""
        return self.data[self.start(node) : self.end(node)].decode()

    def cut(self, node: ast.AST, new: str) -> Cut:
        """Put `new` in the place of a node."""
        return self.at(self.start(node), self.end(node), new, node)

    def at(self, start: int, end: int, new: str, node: ast.AST, shown: str = "") -> Cut:
        """Put `new` in the place of a stretch; `node` says on which line that is.

        `shown` stands for the new line where the stretch is no part of that line.
        """
        line = _where(node, "lineno")
        was = self.text.splitlines()[line - 1].strip()
        left, right = self._offsets[line - 1], self._offsets[line]
        middle = self.data[left:start] + new.encode() + self.data[end : max(right, end)]
        becomes = shown or middle.decode().strip().split("\n")[0]
        return Cut(start, end, new, line, was, becomes or "(nothing)")

    def without(self, argument: ast.keyword, call: ast.Call) -> Cut:
        """Leave out an argument, with the comma and the spaces that belong to it."""
        siblings = sorted([*call.args, *call.keywords], key=self.start)
        place = siblings.index(argument)
        if place:
            return self.at(self.end(siblings[place - 1]), self.end(argument), "", argument)
        end = self.start(siblings[1]) if len(siblings) > 1 else self.end(argument)
        return self.at(self.start(argument), end, "", argument)

    def apply(self, cut: Cut) -> str:
        """The damaged source."""
        return (self.data[: cut.start] + cut.new.encode() + self.data[cut.end :]).decode()


def _where(node: ast.AST, name: str) -> int:
    value = getattr(node, name)
    assert isinstance(value, int)
    return value
