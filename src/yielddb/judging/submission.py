"""Finds the app in what a learner hands in: a folder, a Python file or a notebook."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

from yielddb.judging.defining import candidates
from yielddb.judging.reading import SubmissionError, check_text, files_below, read

NAMES = ("main.py", "app.py", "app/main.py", "main/__init__.py", "app/__init__.py")
# imports that tell a file's package: `from .models`, `from app.models`, `from app import models`
RELATIVE = re.compile(rb"^[ \t]*from[ \t]+(\.+)", re.MULTILINE)
ABSOLUTE = re.compile(
    rb"^[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w*)(?:\.|[ \t]+import[ \t]+\(?\s*)(\w+)", re.MULTILINE
)
PACKAGES = 3  # within each other
CELL = re.compile(r"\A\s*%%app[ \t]*(?P<lesson>\S*)[^\n]*(?:\n|\Z)")
LATE = re.compile(r"^%%app\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Submission:
    """The files of one app by relative path, and the dotted name of the module that has `app`."""

    origin: Path
    files: dict[str, bytes]
    module: str

    def write(self, folder: Path) -> None:
        """Copy the files into `folder`."""
        for name, content in self.files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


def find(path: Path, names: tuple[str, ...] = ()) -> Submission:
    """The app at `path`; of a notebook, the `%%app` cell for one of the lesson's `names`.

    Raises SubmissionError.
    """
    try:
        if path.is_dir():
            return _from_folder(path, names)
        if not path.exists():
            raise SubmissionError(f"{path}: there is nothing here", "check the path for a typo")
        if path.is_file():  # a pipe would wait for a writer that never comes
            if path.suffix == ".ipynb":
                return _from_notebook(path, names)
            if path.suffix == ".py":
                return _from_file(path)
    except OSError as error:
        raise SubmissionError(f"{path}: {error.strerror or error}", "make it readable") from None
    raise SubmissionError(
        f"{path}: not a folder, .py or .ipynb", "name the folder with main.py in it"
    )


def _from_file(path: Path) -> Submission:
    """A single file; its neighbours come along, since it may import them."""
    content = read(path)
    if package := _package(path.absolute(), content):
        files = {f"{package.name}/{name}": text for name, text in files_below(package).items()}
        name = path.absolute().relative_to(package.parent).as_posix()
        files[name] = content
    elif path.stem.isidentifier():
        files = files_below(path.parent) if _is_own_folder(path.parent) else {}
        files[path.name] = content
        name = path.name
    else:  # `my-app (2).py` can't be imported by its name
        files, name = {"main.py": content}, "main.py"
    check_text(path, files[name])
    return Submission(path, files, dotted(name))


def _package(path: Path, source: bytes) -> Path | None:
    """The folder that a file counts itself a part of, by what it imports; None for most files.

    Above the file's own folder it has to say so itself: a neighbour's homework may lie there.
    """
    folders = [path.parent]
    while len(folders) < PACKAGES and (folders[-1].parent / "__init__.py").is_file():
        folders.append(folders[-1].parent)
    dots = [len(found) for found in RELATIVE.findall(source)]
    if dots and path.stem.isidentifier():
        folder = folders[min(max(dots), len(folders)) - 1]
        is_package = folder.name.isidentifier() and folder.resolve() != Path.home()
        return folder if is_package else None
    named = {(a.decode(), b.decode()) for a, b in ABSOLUTE.findall(source)}
    for folder in folders:
        if (folder / folder.name).exists():  # the package is that one
            continue
        inside = {inner for outer, inner in named if outer == folder.name}
        if any((folder / name).is_dir() or (folder / f"{name}.py").is_file() for name in inside):
            return folder
    return None


def _is_own_folder(folder: Path) -> bool:
    """A folder with few Python files is one app; one with many is somebody's collection."""
    return sum(1 for _ in folder.glob("*.py")) <= 12 and folder.resolve() != Path.home()


def _from_folder(folder: Path, names: tuple[str, ...]) -> Submission:
    files = files_below(folder)
    entries = [name for name in NAMES if name in files]
    if not entries:
        if notebooks := [name for name in files if name.endswith(".ipynb")]:
            return _from_notebooks(folder, notebooks, names)
        odd = os.path.lexists(folder / "main.py") and "main.py is a link or a folder, not a file"
        empty = odd or ("no main.py here" if files else "the folder is empty")
        raise SubmissionError(f"{folder}: {empty}", "put your app into main.py, as `app`")
    for name in entries:
        check_text(folder / name, files[name])
    entry = _the_one(folder, entries, files)
    if (
        "/" not in entry
        and _package((folder / entry).absolute(), files[entry]) == folder.absolute()
    ):
        return replace(_from_file(folder / entry), origin=folder)
    return Submission(folder, files, dotted(entry))


def dotted(name: str) -> str:
    """A file's relative path as the module that Python imports."""
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _the_one(folder: Path, entries: list[str], files: dict[str, bytes]) -> str:
    """Which of several possible files has the app."""
    if len(entries) == 1:
        return entries[0]
    name, several = candidates(files, entries)
    if several:
        both = " and ".join(several)
        raise SubmissionError(
            f"{folder}: two apps: {both} both define app", "keep one, or name the file to check"
        )
    return name


def _from_notebooks(folder: Path, notebooks: list[str], names: tuple[str, ...]) -> Submission:
    """The one notebook that has an app for the lesson; the first says why none has."""
    found: dict[str, Submission] = {}
    errors = []
    for name in notebooks:
        try:
            found[name] = _from_notebook(folder / name, names)
        except SubmissionError as error:
            errors.append(error)
    if not found:
        raise errors[0]
    if len(found) > 1:
        both = " and ".join(found)
        raise SubmissionError(f"{folder}: two apps: in {both}", "name the notebook to check")
    return next(iter(found.values()))


def _called(lesson: str) -> str:
    """A lesson's name in one spelling: `05` is `5`, `Get-DB` is `get_db`."""
    return lesson.lower().replace("-", "_").lstrip("0")


def _from_notebook(path: Path, names: tuple[str, ...]) -> Submission:
    try:
        cells = json.loads(read(path).decode("utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except SubmissionError:
        raise
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SubmissionError(
            f"{path}: this is not a notebook (no JSON with cells)", "save it again in JupyterLab"
        ) from None
    apps = [(number, CELL.match(text), text) for number, text in enumerate(sources, 1)]
    found = [(number, m["lesson"], text[m.end() :]) for number, m, text in apps if m]
    known = {_called(name) for name in names}
    wanted = [cell for cell in found if not names or not cell[1] or _called(cell[1]) in known]
    if not wanted:
        if not found and any(LATE.search(text) for text in sources):
            raise SubmissionError(
                f"{path}: %%app stands below other lines of its cell", "make it the first line"
            )
        others = f" (there is one for {found[0][1]})" if found else ""
        raise SubmissionError(
            f"{path}: no %%app cell for this lesson{others}",
            "begin the cell of your app with %%app and the lesson's name",
        )
    if len(wanted) > 1:
        where = " and ".join(str(number) for number, _, _ in wanted)
        raise SubmissionError(
            f"{path}: code cells {where} are both %%app cells", "keep the one you mean"
        )
    source = wanted[0][2].encode("utf-8", "surrogatepass")
    check_text(path, source)
    return Submission(path, {"main.py": source}, "main")
