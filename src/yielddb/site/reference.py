"""The reference pages' facts: commands from their parser, fixtures and helpers from their code."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from yielddb import checking
from yielddb.catalogue import Course
from yielddb.judging import plugin
from yielddb.verdict import EXIT_CODES

SCHEMAS = Path(__file__).parents[1] / "schemas"


# --- commands


@dataclass(frozen=True, slots=True)
class Command:
    """One command: how it is called, what it does, and its parameters with their help."""

    name: str
    usage: str
    says: str
    parameters: tuple[tuple[str, str], ...]


def commands(group: Any, name: str = "yielddb", parent: Any = None) -> Iterator[Command]:
    """Every command below a Typer group, in the order in which `--help` lists them."""
    context = group.context_class(group, info_name=name, parent=parent)
    for child in group.list_commands(context):
        command = group.commands[child]
        if hasattr(command, "commands"):
            yield from commands(command, child, context)
            continue
        own = command.context_class(command, info_name=child, parent=context)
        records = (parameter.get_help_record(own) for parameter in command.get_params(own))
        yield Command(
            own.command_path,
            _usage(command.get_usage(own)),
            " ".join((command.help or "").split()),
            tuple((written, help_) for written, help_ in filter(None, records)),
        )


def _usage(text: str) -> str:
    """One line; a name that has its brackets already gets no second pair."""
    flat = " ".join(text.split()).removeprefix("Usage: ")
    return flat.replace("[[", "[").replace("]]", "]")


def tree_of(app: typer.Typer) -> tuple[Command, ...]:
    """The commands of a Typer app."""
    return tuple(commands(typer.main.get_command(app)))


# --- what a check may use


@dataclass(frozen=True, slots=True)
class Name:
    """A public name: how it is written and the first paragraph of its docstring."""

    written: str
    says: str


@dataclass(frozen=True, slots=True)
class Fixture:
    """A fixture with the members that checks of the course use."""

    name: str
    says: str
    members: tuple[Name, ...]


def helpers() -> tuple[Name, ...]:
    """The public names of `yielddb.checking`."""
    return tuple(
        Name(_written(name, getattr(checking, name)), _paragraph(getattr(checking, name)))
        for name in checking.__all__
    )


def fixtures(course: Course) -> tuple[Fixture, ...]:
    """The fixtures of the check plugin, read from its source."""
    used = "\n".join(lesson.check.read_text("utf-8") for lesson in course.lessons)
    tree = ast.parse(Path(plugin.__file__).read_text("utf-8"))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and (name := _fixture_name(node)):
            says = " ".join((ast.get_docstring(node) or "").split())
            kind = getattr(plugin, ast.unparse(node.returns) if node.returns else "", None)
            members = tuple(_members(name, kind, used)) if inspect.isclass(kind) else ()
            found.append(Fixture(name, says, members))
    return tuple(found)


def _fixture_name(node: ast.FunctionDef) -> str | None:
    """The name that a check asks for; None for what is no fixture or asks for nobody."""
    for mark in node.decorator_list:
        if ast.unparse(mark).startswith("pytest.fixture"):
            keywords = mark.keywords if isinstance(mark, ast.Call) else []
            given = {one.arg: ast.literal_eval(one.value) for one in keywords}
            return None if given.get("autouse") else str(given.get("name", node.name))
    return None


def _members(fixture: str, kind: type, used: str) -> Iterator[Name]:
    for name, member in vars(kind).items():
        in_use = re.search(rf"\b{fixture}\.{name}\b", used)
        if in_use and inspect.getdoc(member):
            yield Name(f"{fixture}.{_written(name, member)}", _paragraph(member))


def _written(name: str, thing: object) -> str:
    if not inspect.isfunction(thing):
        return name
    parameters = list(inspect.signature(thing).parameters.values())
    if parameters and parameters[0].name == "self":
        parameters = parameters[1:]
    bare = [p.replace(annotation=inspect.Parameter.empty) for p in parameters]
    return name + str(inspect.Signature(bare))


def _paragraph(thing: object) -> str:
    doc = inspect.getdoc(thing) or ""
    return " ".join(doc.partition("\n\n")[0].split())


# --- formats


@dataclass(frozen=True, slots=True)
class Row:
    """One member of a JSON record; `path` is where it stands."""

    path: str
    type: str
    says: str


@dataclass(frozen=True, slots=True)
class Schema:
    """A published JSON Schema as a table."""

    file: Path
    title: str
    says: str
    rows: tuple[Row, ...]


def schemas(folder: Path = SCHEMAS) -> tuple[Schema, ...]:
    """The JSON Schemas of the engine, by name."""
    return tuple(_schema(path) for path in sorted(folder.glob("*.json")))


def _schema(path: Path) -> Schema:
    record = json.loads(path.read_text("utf-8"))
    rows = tuple(_rows(record, record, ""))
    return Schema(path, record.get("title", path.stem), record.get("description", ""), rows)


def _rows(node: Mapping[str, Any], root: Mapping[str, Any], path: str) -> Iterator[Row]:
    """The members below a node; one that refers to a definition above it is not opened again."""
    for name, raw in node.get("properties", {}).items():
        child, where = _resolved(raw, root), f"{path}.{name}" if path else name
        yield Row(where, _type(child, root), raw.get("description", child.get("description", "")))
        yield from _rows(child, root, where)
        if isinstance(item := child.get("items"), Mapping):
            yield from _rows(_resolved(item, root), root, f"{where}[]")


def _resolved(node: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = node.get("$ref", "")
    for part in reference.removeprefix("#/").split("/") if reference else ():
        root = root[part]
    return root if reference else node


def _type(node: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    if "const" in node:
        return json.dumps(node["const"], ensure_ascii=False)
    if "enum" in node:
        return ", ".join(json.dumps(value, ensure_ascii=False) for value in node["enum"])
    choices: Sequence[Any] = node.get("anyOf") or node.get("oneOf") or ()
    if choices:
        return " or ".join(_type(_resolved(choice, root), root) for choice in choices)
    kind = node.get("type", "any")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def exit_codes() -> Mapping[str, int]:
    """The exit codes of `yielddb check` by the status of the verdict."""
    return {str(status): code for status, code in EXIT_CODES.items()}
