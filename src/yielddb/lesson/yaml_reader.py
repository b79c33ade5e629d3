"""Reads a mapping of YAML key by key and notes every fault with its line."""

from __future__ import annotations

import json
import re
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from yielddb.problems import Problem

IDENTITY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
REQUEST = re.compile(r"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) /\S*(?: (?P<body>.+))?")


@dataclass(frozen=True)
class Reader:
    """One mapping: its values, the lines they stand on, and the list of faults it shares."""

    values: dict[str, Any]
    lines: dict[str, int]
    nodes: dict[str, yaml.Node]
    path: Path
    line: int
    first: int  # line of the file that holds line 0 of the YAML
    misconceptions: Container[str]
    problems: list[Problem]

    @classmethod
    def of(cls, body: str, path: Path, fence: int, misconceptions: Container[str]) -> Reader:
        """The reader of a block whose fence opens at line `fence`."""
        problems: list[Problem] = []
        node = None
        try:
            node = yaml.compose(body, Loader=yaml.SafeLoader)
            yaml.safe_load(body)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = fence + 1 + (mark.line if mark else 0)
            says = f"the block is not YAML: {getattr(error, 'problem', None) or error}"
            problems.append(
                Problem(path, line, says, "put a text that holds `: ` or `#` between quotes")
            )
            node = None
        else:
            if not isinstance(node, yaml.MappingNode):
                says = "the block is no mapping"
                problems.append(Problem(path, fence, says, "write `id: ...` and the other keys"))
        return cls._inside(node, path, fence, fence + 1, misconceptions, problems)

    @classmethod
    def _inside(
        cls,
        node: yaml.Node | None,
        path: Path,
        line: int,
        first: int,
        misconceptions: Container[str],
        problems: list[Problem],
    ) -> Reader:
        nodes: dict[str, yaml.Node] = {}
        values: dict[str, Any] = {}
        if isinstance(node, yaml.MappingNode):
            nodes = {str(key.value): value for key, value in node.value}
            values = {name: _value(value) for name, value in nodes.items()}
        lines = {name: first + value.start_mark.line for name, value in nodes.items()}
        return cls(values, lines, nodes, path, line, first, misconceptions, problems)

    def refuse(self, key: str, says: str, fix: str) -> None:
        """Note a fault of the value of `key`, or of the whole where there is none."""
        self.problems.append(Problem(self.path, self.lines.get(key, self.line), says, fix))

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self.values

    def only(self, *known: str) -> None:
        """Refuse every other key."""
        for key in self.values:
            if key not in known:
                self.refuse(key, f"unknown key `{key}`", f"known here: {', '.join(known)}")

    def text(self, key: str) -> str:
        """A text that must be there."""
        value = self.values.get(key)
        if value is None:
            self.refuse(key, f"`{key}` is missing", f"add `{key}: ...`")
        elif not isinstance(value, str):
            self.refuse(key, f"`{key}` is no text: {value!r}", "put it between quotes")
        elif value.strip():
            return value.strip("\n")
        else:
            self.refuse(key, f"`{key}` is empty", "write it or delete the block")
        return ""

    def optional_text(self, key: str) -> str | None:
        """A text that may be absent."""
        return self.text(key) if self.has(key) else None

    def flag(self, key: str) -> bool:
        """`true`, or absent."""
        if self.values.get(key) not in (None, True):
            self.refuse(key, f"`{key}` is neither true nor absent", f"delete it or `{key}: true`")
        return self.values.get(key) is True

    def number(self, key: str, default: int) -> int:
        """A whole number from 1 on, or the default where there is none."""
        value = self.values.get(key, default)
        if type(value) is not int or value < 1:
            self.refuse(key, f"`{key}` is no number from 1 on: {value!r}", f"`{key}: 1`")
            return default
        return value

    def identity(self) -> str:
        """The block's id."""
        value = self.text("id")
        if value and not IDENTITY.fullmatch(value):
            fix = "lower-case words joined by hyphens: `when-the-file`"
            self.refuse("id", f"{value!r} is no id", fix)
        return value

    def misconception(self) -> str:
        """The id of a misconception that is in the table."""
        value = self.text("misconception")
        if value and value not in self.misconceptions:
            says = f"misconception `{value}` is not in the table"
            self.refuse("misconception", says, "add it to lessons/misconceptions.yml")
        return value

    def texts(self, key: str, needed: bool = True) -> tuple[str, ...]:
        """A list of texts, not empty."""
        value = self.values.get(key)
        if value is None and not needed:
            return ()
        if not isinstance(value, list) or not value:
            self.refuse(
                key, f"`{key}` is no list", f"write `{key}:` and lines that begin with `- `"
            )
            return ()
        for entry in value:
            if not isinstance(entry, str):
                self.refuse(key, f"`{key}` holds no text: {entry!r}", "put it between quotes")
        return tuple(str(entry) for entry in value)

    def requests(self, key: str, needed: bool = True) -> tuple[str, ...]:
        """A list of `METHOD /path` with an optional JSON body."""
        found = self.texts(key, needed)
        for request in found:
            match = REQUEST.fullmatch(request)
            if match is None or not _is_json(match["body"]):
                fix = 'METHOD /path, then JSON if needed: \'POST /items/ {"name": "Umbrella"}\''
                self.refuse(key, f"{request!r} is no request", fix)
        return found

    def many(self, key: str, needed: bool = True) -> list[Reader]:
        """A reader for each mapping of a list."""
        node = self.nodes.get(key)
        if node is None and not needed:
            return []
        entries = node.value if isinstance(node, yaml.SequenceNode) else []
        if not entries or not all(isinstance(entry, yaml.MappingNode) for entry in entries):
            fix = f"write `{key}:` and a `- ` with keys for each entry"
            self.refuse(key, f"`{key}` is no list of mappings", fix)
            return []
        return [
            Reader._inside(
                entry,
                self.path,
                self.first + entry.start_mark.line,
                self.first,
                self.misconceptions,
                self.problems,
            )
            for entry in entries
        ]


def _value(node: yaml.Node) -> Any:
    return yaml.safe_load(yaml.serialize(node))


def _is_json(body: str | None) -> bool:
    try:
        json.loads(body or "null")
    except ValueError:
        return False
    return True
