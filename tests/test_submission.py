"""What a learner hands in: which app is found, and every reason why none is."""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hard_folders import deep, drop_rights
from yielddb.judging.reading import MAX_BYTES, MAX_DEPTH, MAX_FILES, SubmissionError
from yielddb.judging.submission import Submission, find

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
HELPER = "def town():\n    return 'Lviv'\n"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write files into the submission's folder and give the folder."""

    def make(**files: str | bytes) -> Path:
        return lay(tmp_path / "hers", files)

    return make


def lay(folder: Path, files: dict[str, str | bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def notebook(*cells: object) -> str:
    return json.dumps(
        {
            "cells": [
                {"cell_type": "code", "source": cell} if not isinstance(cell, dict) else cell
                for cell in cells
            ]
        }
    )


def refused(path: Path, names: tuple[str, ...] = ()) -> tuple[str, str]:
    """What is said of a submission and what to do, its path written as PATH."""
    with pytest.raises(SubmissionError) as raised:
        find(path, names)
    return str(raised.value).replace(str(path), "PATH"), raised.value.fix


# --- a folder


def test_finds_main_in_a_folder(write: Write) -> None:
    """main.py is the app; the files beside it come along."""
    found = find(write(**{"main.py": APP, "db.py": HELPER, "shop/items.py": HELPER}))
    assert found.module == "main"
    assert sorted(found.files) == ["db.py", "main.py", "shop/items.py"]


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("app.py", "app"),
        ("app/main.py", "app.main"),
        ("main/__init__.py", "main"),
        ("app/__init__.py", "app"),
    ],
)
def test_finds_other_usual_places(write: Write, name: str, module: str) -> None:
    """An app in one of the usual places is found and named as Python imports it."""
    assert find(write(**{name: APP})).module == module


def test_copies_what_it_found(write: Write, tmp_path: Path) -> None:
    """`write` lays the same bytes down elsewhere, folders included."""
    find(write(**{"main.py": APP, "shop/items.py": HELPER})).write(tmp_path / "copy")
    assert (tmp_path / "copy/main.py").read_text() == APP
    assert (tmp_path / "copy/shop/items.py").read_text() == HELPER


def test_nothing_at_the_path(tmp_path: Path) -> None:
    """A path with a typo is said to hold nothing."""
    expected = ("PATH: there is nothing here", "check the path for a typo")
    assert refused(tmp_path / "mian.py") == expected
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    assert refused(tmp_path / "gone.py") == expected


def test_a_link_in_a_circle_holds_nothing(tmp_path: Path) -> None:
    """A link to itself is no app, whatever its suffix."""
    (tmp_path / "main.py").symlink_to(tmp_path / "main.py")
    assert refused(tmp_path / "main.py")[0] == "PATH: there is nothing here"
    assert refused(tmp_path)[0] == "PATH: main.py is a link or a folder, not a file"


def test_empty_folder(write: Write) -> None:
    """An empty folder is called empty."""
    assert refused(write()) == (
        "PATH: the folder is empty",
        "put your app into main.py, as `app`",
    )


def test_folder_without_an_app(write: Write) -> None:
    """A folder with other files lacks main.py."""
    assert refused(write(**{"shop.py": APP, "README.md": "umbrellas"})) == (
        "PATH: no main.py here",
        "put your app into main.py, as `app`",
    )


def test_two_apps(write: Write) -> None:
    """Two files that both make an app leave no way to tell which one is meant."""
    assert refused(write(**{"main.py": APP, "app.py": APP})) == (
        "PATH: two apps: main.py and app.py both define app",
        "keep one, or name the file to check",
    )


@pytest.mark.parametrize(
    ("files", "module"),
    [
        ({"main.py": APP, "app.py": "from main import app\n"}, "main"),
        ({"main.py": "from app import app\n", "app.py": APP}, "main"),
        ({"main.py": "import app as shop\napp = shop.app\n", "app.py": APP}, "main"),
        ({"main.py": "from app.main import app\n", "app/main.py": APP}, "main"),
        ({"app/main.py": APP, "app/__init__.py": "from .main import app\n"}, "app.main"),
        ({"main.py": APP, "app.py": HELPER}, "main"),
        ({"main.py": HELPER, "app.py": APP}, "app"),
        ({"main.py": "def app():\n    ...\n", "app.py": "import os\n"}, "main"),
        ({"main.py": "try:\n    app = 1\nexcept OSError:\n    ...\n", "app.py": ""}, "main"),
        ({"main.py": HELPER, "app.py": HELPER}, "main"),
    ],
    ids=lambda value: " + ".join(value) if isinstance(value, dict) else value,
)
def test_one_app_in_two_files(write: Write, files: dict[str, str], module: str) -> None:
    """A file that passes the app on, or has none, is no second app."""
    assert find(write(**files)).module == module


def test_syntax_errors_are_the_apps_own(write: Write) -> None:
    """A file that does not parse is handed on: its own process names the line."""
    for source in ("app = (", "app = 1\0", "x = " + "(" * 5000):
        found = find(write(**{"main.py": source, "app.py": APP}))
        assert (found.module, found.files["main.py"]) == ("main", source.encode())


def test_a_broken_helper_is_no_second_app(write: Write) -> None:
    """An app.py that does not parse takes nothing away from a main.py that does."""
    assert find(write(**{"main.py": APP, "app.py": "app = ("})).module == "main"


def test_leaves_out_what_is_no_source(write: Write, tmp_path: Path) -> None:
    """Databases, caches, environments, hidden files and links stay behind; settings don't."""
    folder = write(
        **{
            "main.py": APP,
            "data/towns.csv": "Lviv",
            **{f"shop{end}": "rows" for end in (".db", ".sqlite", ".sqlite3")},
            **{f"shop{end}": "rows" for end in (".db-wal", ".db-shm", ".db-journal")},
            "__pycache__/main.cpython-311.pyc": "code",
            ".git/HEAD": "ref",
            ".env": "DEBUG=1",
            ".envrc": "export SECRET=1",
            ".venv/lib/thing.py": HELPER,
            "venv/pyvenv.cfg": "home",
            "venv/lib/thing.py": HELPER,
            "node_modules/thing.js": "",
            "notebooks/01.ipynb": "{}",
        }
    )
    outside = lay(tmp_path / "outside", {"secret.txt": "key"})
    (folder / "linked.txt").symlink_to(outside / "secret.txt")
    (folder / "linked").symlink_to(outside)
    (folder / "again").symlink_to(folder)
    os.mkfifo(folder / "pipe.py")
    assert sorted(find(folder).files) == [".env", "data/towns.csv", "main.py"]


def test_a_linked_main_is_not_followed(write: Write, tmp_path: Path) -> None:
    """In a folder, a link named main.py is no main.py."""
    outside = lay(tmp_path / "outside", {"main.py": APP})
    (write() / "main.py").symlink_to(outside / "main.py")
    assert refused(write())[0] == "PATH: main.py is a link or a folder, not a file"


@pytest.mark.parametrize("how", ["many", "large"])
def test_huge_folder(write: Write, how: str) -> None:
    """A folder with too much in it is refused before it fills the memory."""
    folder = write(**{"main.py": APP})
    if how == "many":
        for number in range(MAX_FILES):
            (folder / f"town{number}.txt").touch()
    else:
        with (folder / "towns.csv").open("wb") as file:
            file.truncate(MAX_BYTES)
    assert refused(folder) == (
        "PATH: more than 500 files or 10 MiB",
        "name the folder of the app alone",
    )


# --- one file


def test_one_file_with_its_neighbours(write: Write) -> None:
    """A file comes with what lies beside it, since it may import that."""
    found = find(write(**{"shop.py": "from db import town\n", "db.py": HELPER}) / "shop.py")
    assert found.module == "shop"
    assert sorted(found.files) == ["db.py", "shop.py"]


def test_a_link_named_directly_is_followed(write: Write, tmp_path: Path) -> None:
    """Whoever names a link means the file."""
    folder = write(**{"shop.py": APP})
    (folder / "link.py").symlink_to(folder / "shop.py")
    assert find(folder / "link.py").files["link.py"] == APP.encode()


@pytest.mark.parametrize("name", ["my-app (2).py", "1.py", "жёлтый зонт.py", "my.app.py"])
def test_odd_file_names(write: Write, name: str) -> None:
    """A file that can't be imported by its name becomes main.py, alone."""
    assert find(write(**{name: APP, "other.py": HELPER}) / name).files == {"main.py": APP.encode()}


def test_a_cyrillic_identifier_keeps_its_name(write: Write) -> None:
    """`зонт.py` can be imported, so it keeps its name."""
    assert find(write(**{"зонт.py": APP}) / "зонт.py").module == "зонт"


def test_a_collection_is_not_one_app(write: Write) -> None:
    """Beside many Python files, one file comes alone."""
    folder = write(**{f"student{number}.py": APP for number in range(13)})
    assert list(find(folder / "student7.py").files) == ["student7.py"]


def test_a_home_folder_is_not_one_app(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in the home folder comes alone, named by a relative path too."""
    home = write(**{"shop.py": APP, "diary.txt": "secret"})
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    for path in (home / "shop.py", Path("shop.py")):
        assert list(find(path).files) == ["shop.py"]


PACKAGES = {
    "its name": ("from shop.db import town\n", "shop", 1),
    "its name, whole": ("import shop.db\n", "shop", 1),
    "in brackets": ("from shop import (\n    db,\n)\n", "shop", 1),
    "a dot": ("def late():\n    from .db import town\n", "shop", 1),
    "two dots": ("from ..db import town\n", "shop", 2),
    "the outer name": ("from shop.db import town\n", "shop", 2),
}


@pytest.mark.parametrize(("source", "outer", "depth"), PACKAGES.values(), ids=PACKAGES)
def test_a_file_of_a_package(write: Write, source: str, outer: str, depth: int) -> None:
    """A file that counts itself a part of a package comes with that, whoever is named."""
    inner = [outer, "web"][:depth]
    name = "/".join([*inner, "main.py"])
    package = {name: source, f"{outer}/db.py": HELPER, f"{outer}/__init__.py": ""}
    folder = write(**package, **{"other.py": HELPER})
    found = find(folder / name)
    assert found.module == ".".join([*inner, "main"])
    assert sorted(found.files) == sorted(package)
    if depth == 1:
        whole = find(folder / outer)
        assert (whole.module, whole.files) == (found.module, found.files)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("sqlalchemy/main.py", "from sqlalchemy.orm import Session\n"),
        ("shop/main.py", "from shop.db import town\n"),
        ("shop/main.py", "from db import town\n"),
        ("my shop/main.py", "from .db import town\n"),
    ],
    ids=["a library's name", "a package within", "beside it", "no name of a package"],
)
def test_a_file_of_no_package(write: Write, name: str, source: str) -> None:
    """A folder of that name is the package only if what the file imports lies in it."""
    folder = write(**{name: source, "shop/db.py": HELPER, "shop/shop/db.py": HELPER})
    assert find(folder / name).module == "main"


@pytest.mark.parametrize("named", ["amy", "amy/main.py"])
@pytest.mark.parametrize("source", ["from ..bob.main import app\n", "from hers.bob import main\n"])
@pytest.mark.parametrize("own", ["amy/__init__.py", "amy/notes.txt"])
def test_a_neighbour_stays_out(write: Write, named: str, source: str, own: str) -> None:
    """No import brings another's homework along."""
    folder = write(**{"amy/main.py": source, own: "", "bob/main.py": APP, "bob/__init__.py": ""})
    files = find(folder / named).files
    assert sorted(files.values()) == sorted([source.encode(), b""])


def test_a_home_folder_is_no_package(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where a file in it imports from its folder."""
    home = write(**{"shop.py": "from .db import town\n", "diary.txt": "secret"})
    monkeypatch.setenv("HOME", str(home))
    assert list(find(home / "shop.py").files) == ["shop.py"]


@pytest.mark.parametrize("name", ["main.txt", "main", "main.zip"])
def test_wrong_suffix(write: Write, name: str) -> None:
    """A file that is neither Python nor a notebook is refused."""
    assert refused(write(**{name: APP}) / name) == (
        "PATH: not a folder, .py or .ipynb",
        "name the folder with main.py in it",
    )


@pytest.mark.parametrize("name", ["main.py", "main.ipynb", "main"])
def test_a_pipe_does_not_hang(tmp_path: Path, name: str) -> None:
    """A named pipe is refused at once, though nobody ever writes into it."""
    os.mkfifo(tmp_path / name)
    assert refused(tmp_path / name)[0] == "PATH: not a folder, .py or .ipynb"


# --- text


@pytest.mark.parametrize(
    "source",
    [
        "# жёлтый зонт\n".encode("cp1251"),
        APP.encode("utf-16"),
        b"# coding: umbrella\n",
        b"# coding: latin-1\n# coding: utf-8\n".replace(b"latin-1", b"rot13"),
        b"# coding: undefined\n",
        "# -*- coding: ascii -*-\n# жёлтый\n".encode(),
    ],
    ids=["cp1251", "utf-16", "unknown", "no text codec", "undefined", "not as declared"],
)
def test_not_utf8(write: Write, source: bytes) -> None:
    """A file that Python could not decode is named, as a file and in its folder."""
    expected = ("the file is not UTF-8 text", "save it as UTF-8 in your editor")
    folder = write(**{"main.py": source})
    said, fix = refused(folder / "main.py")
    assert (said, fix) == (f"PATH: {expected[0]}", expected[1])
    said, fix = refused(folder)
    assert (said, fix) == (f"PATH/main.py: {expected[0]}", expected[1])


@pytest.mark.parametrize(
    "source",
    ["# -*- coding: latin-1 -*-\n# é\n".encode("latin-1"), b"\xef\xbb\xbf# BOM\n", b""],
    ids=["cookie", "byte order mark", "empty"],
)
def test_readable_text(write: Write, source: bytes) -> None:
    """A declared encoding, a byte order mark and an empty file are fine."""
    assert find(write(**{"main.py": source})).files == {"main.py": source}


# --- notebooks


def test_the_app_cell_of_a_notebook(write: Write) -> None:
    """The `%%app` cell is the app, without the magic; a source may be a list of lines."""
    book = notebook("print(1)", ["%%app hello\n", "app = 1\n", "x = 2"], {"cell_type": "markdown"})
    found = find(write(**{"a.ipynb": book}) / "a.ipynb", ("hello",))
    assert found == Submission(found.origin, {"main.py": b"app = 1\nx = 2"}, "main")


@pytest.mark.parametrize(
    "line", ["hello", "01_hello", "1", "01", "Hello", "01-hello", "", "hello "]
)
def test_spellings_of_the_lesson(write: Write, line: str) -> None:
    """Every spelling that the magic takes is found again."""
    book = notebook(f"%%app {line}\napp = 1\n", "%%app 2\napp = 2\n")
    found = find(write(**{"a.ipynb": book}) / "a.ipynb", ("hello", "01_hello", "1"))
    assert found.files == {"main.py": b"app = 1\n"}


def test_an_app_cell_without_code(write: Write) -> None:
    """A magic alone is an app without code, not a missing cell."""
    folder = write(**{"a.ipynb": notebook("%%app hello")})
    assert find(folder / "a.ipynb", ("hello",)).files == {"main.py": b""}


@pytest.mark.parametrize(
    "content",
    [
        b"print(1)",
        b"[]",
        b"{}",
        b'{"cells": null}',
        b'{"cells": {"a": 1}}',
        b'{"cells": [{"cell_type": "code"}]}',
        b'{"cells": [{"cell_type": "code", "source": [1]}]}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_not_a_notebook(write: Write, content: bytes) -> None:
    """A file that no Jupyter wrote is refused."""
    assert refused(write(**{"a.ipynb": content}) / "a.ipynb") == (
        "PATH: this is not a notebook (no JSON with cells)",
        "save it again in JupyterLab",
    )


def test_notebook_without_the_cell(write: Write) -> None:
    """A notebook without the magic has no app."""
    assert refused(write(**{"a.ipynb": notebook("app = 1\n")}) / "a.ipynb", ("hello",)) == (
        "PATH: no %%app cell for this lesson",
        "begin the cell of your app with %%app and the lesson's name",
    )


def test_notebook_with_a_comment_above(write: Write) -> None:
    """A magic counts in the first line alone, as Jupyter has it."""
    book = notebook("# my app\n%%app hello\napp = 1\n")
    assert refused(write(**{"a.ipynb": book}) / "a.ipynb", ("hello",)) == (
        "PATH: %%app stands below other lines of its cell",
        "make it the first line",
    )


def test_notebook_for_another_lesson(write: Write) -> None:
    """A notebook of another lesson says for which one its app is."""
    book = notebook("%%app count\napp = 1\n")
    assert refused(write(**{"a.ipynb": book}) / "a.ipynb", ("hello", "1")) == (
        "PATH: no %%app cell for this lesson (there is one for count)",
        "begin the cell of your app with %%app and the lesson's name",
    )


def test_notebook_with_the_cell_twice(write: Write) -> None:
    """Two app cells for one lesson are counted among the code cells."""
    book = notebook(
        {"cell_type": "markdown", "source": "text"}, "%%app 1\n", "x = 1", "%%app hello\n"
    )
    assert refused(write(**{"a.ipynb": book}) / "a.ipynb", ("hello", "1")) == (
        "PATH: code cells 1 and 3 are both %%app cells",
        "keep the one you mean",
    )


def test_notebook_with_half_a_character(write: Write) -> None:
    """Half a character, which JSON can hold and a file can't, is no text."""
    book = '{"cells": [{"cell_type": "code", "source": "%%app 1\\nx = \'\\ud83d\'"}]}'
    assert refused(write(**{"a.ipynb": book}) / "a.ipynb") == (
        "PATH: the file is not UTF-8 text",
        "save it as UTF-8 in your editor",
    )


def test_a_notebook_in_a_folder(write: Write) -> None:
    """Of the notebooks in a folder, the one for the lesson is taken."""
    folder = write(
        **{
            "a.ipynb": notebook("%%app 1\napp = 1\n"),
            "b.ipynb": notebook("%%app 2\napp = 2\n"),
            "c.ipynb": "no notebook",
        }
    )
    assert find(folder, ("2",)).files == {"main.py": b"app = 2\n"}
    assert refused(folder, ("3",))[0] == (
        "PATH/a.ipynb: no %%app cell for this lesson (there is one for 1)"
    )
    assert refused(folder) == (
        "PATH: two apps: in a.ipynb and b.ipynb",
        "name the notebook to check",
    )


# --- what would cost the grader its time or its memory


def test_an_encoding_that_takes_forever(write: Write) -> None:
    """Four million bytes of punycode take an hour to decode: nobody decodes them."""
    source = b"# coding: punycode\n#" + b"a" * 100 + b"-" + b"z" * 4_000_000
    expected = ("PATH: the file is not UTF-8 text", "save it as UTF-8 in your editor")
    assert refused(write(**{"main.py": source}) / "main.py") == expected


@pytest.mark.parametrize("encoding", ["latin-1", "cp1251", "cp866", "koi8-u", "ascii", "utf8"])
def test_usual_encodings(write: Write, encoding: str) -> None:
    """What editors write is read, without a look at what it says."""
    source = f"# coding: {encoding}\n{APP}".encode(encoding)
    assert find(write(**{"main.py": source})).files == {"main.py": source}


def test_folders_without_end(apart: Path) -> None:
    """Twelve hundred folders within each other are told, and no reason to break down."""
    (apart / "main.py").write_text(APP)
    deep(apart, 1200)
    assert refused(apart) == (
        f"PATH: more than {MAX_DEPTH} folders within each other",
        "name the folder of the app alone",
    )


def test_a_program_too_long_to_parse(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where two files may have the app, a huge one is not parsed; a small one is, once."""
    sizes = []
    parse = ast.parse
    monkeypatch.setattr(ast, "parse", lambda source: sizes.append(len(source)) or parse(source))
    folder = write(**{"main.py": b"x\n" * 2_400_000, "app.py": APP})
    assert find(folder).module == "main"
    assert sizes == [len(APP)]


@pytest.mark.parametrize("name", ["main.py", "a.ipynb"])
def test_a_huge_file(write: Write, name: str) -> None:
    """One file is read as far as an app or a notebook goes, and no further."""
    with (write(**{name: "["}) / name).open("r+b") as stream:
        stream.truncate(MAX_BYTES + 1)  # a hole: it takes no room
        path = Path(stream.name)
    assert refused(path.parent)[0] == f"PATH: more than {MAX_FILES} files or 10 MiB"
    path = path.rename(path.parent.parent / name)
    assert refused(path) == (
        "PATH: larger than 10 MiB",
        "hand in the code alone, without data; clear a notebook's outputs",
    )


# --- files that can't be read


@pytest.mark.parametrize("name", ["main.py", "a.ipynb"])
def test_unreadable_file(apart: Path, name: str) -> None:
    """A file without the right to read it says so."""
    lay(apart, {name: APP})
    (apart / name).chmod(0)
    drop_rights()
    expected = ("PATH: Permission denied", "make it readable")
    assert refused(apart / name) == expected
    assert refused(apart) == expected


def test_unreadable_folder(apart: Path) -> None:
    """A folder without the right to list it is not called empty."""
    lay(apart, {"mine/main.py": APP, "theirs/shop/main.py": APP})
    (apart / "mine").chmod(0o311)
    (apart / "theirs").chmod(0)
    drop_rights()
    expected = ("PATH: Permission denied", "make it readable")
    assert refused(apart / "mine") == expected
    assert refused(apart / "theirs") == expected


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="Linux has this file alone")
def test_a_file_that_fails_while_it_is_read(tmp_path: Path) -> None:
    """What the system says while it reads is passed on."""
    (tmp_path / "main.py").symlink_to("/proc/self/mem")
    assert refused(tmp_path / "main.py") == ("PATH: Input/output error", "make it readable")
