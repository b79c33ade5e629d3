"""`yielddb dev`: what contributors type."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from yielddb.catalogue import Course, default_course
from yielddb.problems import Problems
from yielddb.terminal.screen import print_json

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="For contributors: make, build and check."
)


def _problems(found: Iterable[Any], as_json: bool, schema: str) -> None:
    """List problems with path and remedy; exit code 1 when there is one."""
    rows = list(found)
    if as_json:
        records = [_record(row) for row in rows]
        print_json({"schema": schema, "problems": records})
    else:
        for row in rows:
            print(row)
        print(f"{len(rows)} problem{'' if len(rows) == 1 else 's'}.")
    if rows:
        raise typer.Exit(1)


def _record(row: Any) -> Any:
    if not is_dataclass(row) or isinstance(row, type):
        return str(row)
    return {k: str(v) if isinstance(v, Path) else v for k, v in asdict(row).items()}


def _paths(made: Any, as_json: bool, schema: str) -> None:
    paths = [str(path) for path in made or ()]
    if as_json:
        print_json({"schema": schema, "paths": paths})
        return
    for path in paths:
        print(path)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Minutes pass; whoever sits at a screen sees what is being done."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("") as status:
        yield status.update


@app.command()
def check(
    lessons: Annotated[
        list[str] | None, typer.Argument(metavar="[LESSON]...", help="All without it.")
    ] = None,
    notebooks: Annotated[bool, typer.Option(help="Run the notebooks, the slowest law.")] = True,
    json: AsJson = False,
) -> None:
    """Hold the course against its laws and list all problems."""
    from yielddb.laws import problems

    course = default_course()
    chosen = [course.find(name) for name in lessons or ()]
    with _progress() as progress:
        found = problems(course, chosen, notebooks, progress)
    _problems(found, json, "yielddb/problems/1")


@app.command()
def mutants(
    lessons: Annotated[
        list[str] | None, typer.Argument(metavar="[LESSON]...", help="All without it.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Damage the solutions in general ways; list what no check sees and nobody excused."""
    from yielddb.mutants import sweep
    from yielddb.terminal.mutants import bar, record, table

    course = default_course()
    chosen = [course.find(name) for name in lessons or ()]
    with bar() as progress:
        report = sweep(course, chosen, progress)
    if json:
        print_json(record(report))
        raise typer.Exit(1 if report.problems else 0)
    print(table(report))
    _problems(report.problems, False, "")


@app.command()
def site(
    out: Annotated[Path | None, typer.Option(help="Where to; site/ of the course.")] = None,
    json: AsJson = False,
) -> None:
    """Build the site, strictly: a broken link is an error."""
    course = default_course()
    _paths([_build_site(course, out or course.site_dir)], json, "yielddb/paths/1")


def _build_site(course: Course, out: Path) -> Path:
    from yielddb import cli  # it imports this module
    from yielddb.site.building import build_site
    from yielddb.site.reference import tree_of

    address = os.environ.get("SITE_URL", "")
    try:
        with _progress() as progress:
            return build_site(
                course,
                out,
                tree_of(cli.app),
                lambda what: progress(f"building the site: {what}"),
                address=address,
            )
    except Problems as error:
        _problems(error.problems, False, "")
        raise


def build_site_once(course: Course) -> None:
    """In a clone where the site is not built yet and can be: build it."""
    is_clone = (course.root / "mkdocs.yml").is_file()
    if is_clone and not (course.site_dir / "index.html").is_file() and find_spec("mkdocs"):
        print("Building the site, once; this takes a minute.", file=sys.stderr, flush=True)
        _build_site(course, course.site_dir)


@app.command()
def build(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; list what is stale.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Build the notebooks from texts and solutions."""
    from yielddb.lesson.building import build_all, stale

    course = default_course()
    if check:
        _problems(stale(course), json, "yielddb/problems/1")
        return
    try:
        _paths(build_all(course), json, "yielddb/paths/1")
    except Problems as found:
        _problems(found.problems, json, "yielddb/problems/1")


@app.command()
def new(
    number: Annotated[int, typer.Argument(min=1, max=99, help="Its place in the course.")],
    slug: Annotated[str, typer.Argument(help="Its identity: lower case, digits, underscores.")],
    json: AsJson = False,
) -> None:
    """Make the files of a new lesson."""
    from yielddb.scaffold import new as make

    _paths(make(default_course(), number, slug), json, "yielddb/paths/1")


@app.command()
def move(
    lesson: Annotated[str, typer.Argument(metavar="LESSON", help="Number or slug.")],
    number: Annotated[int, typer.Argument(min=1, max=99, help="Its new place.")],
    json: AsJson = False,
) -> None:
    """Give a lesson another number; the lessons between make room."""
    from yielddb.scaffold import move as renumber

    course = default_course()
    _paths(renumber(course, course.find(lesson), number), json, "yielddb/paths/1")
