"""Reads what a learner hands in, within bounds: a stranger chose the sizes, names and encodings."""

from __future__ import annotations

import codecs
import io
import os
import re
import stat
import tokenize
from pathlib import Path

SKIPPED = {"__pycache__", "node_modules", "site-packages", "notebooks"}
DATABASES = {".db", ".sqlite", ".sqlite3", ".db-wal", ".db-shm", ".db-journal"}
SETTINGS = ".env"  # python-dotenv and pydantic-settings read it; an app may not start without
MAX_FILES = 500
MAX_BYTES = 10 << 20  # all files together, and so each; JSON of this size takes 250 MiB to read
MAX_DEPTH = 20  # folders within folders; an app has three
# these take time in proportion to the text; punycode, say, takes the square of it
ENCODINGS = re.compile(r"utf-8|ascii|iso8859-\d+|cp125\d|cp866|koi8-[rtu]")


class SubmissionError(ValueError):
    """Nothing here can be judged: `str()` says why, `fix` says what to do."""

    def __init__(self, says: str, fix: str) -> None:
        super().__init__(says)
        self.fix = fix


def read(path: Path) -> bytes:
    """What one file holds.

    Raises SubmissionError for a file larger than an app and a notebook are; OSError.
    """
    with path.open("rb") as stream:
        content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise SubmissionError(
            f"{path}: larger than {MAX_BYTES >> 20} MiB",
            "hand in the code alone, without data; clear a notebook's outputs",
        )
    return content


def check_text(path: Path, source: bytes) -> None:
    """Python reads UTF-8 unless the first lines name another encoding.

    Raises SubmissionError for what is not text in one of the usual encodings.
    """
    try:
        named, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        encoding = codecs.lookup(named.removesuffix("-sig")).name
        if not ENCODINGS.fullmatch(encoding):
            raise LookupError(encoding)
        source.decode(encoding)
    except (SyntaxError, UnicodeError, LookupError):
        raise SubmissionError(
            f"{path}: the file is not UTF-8 text", "save it as UTF-8 in your editor"
        ) from None


def is_hidden(name: str) -> bool:
    """Does a file stay behind because of its name?"""
    return name.startswith(".") and name != SETTINGS


def _refuse(error: OSError) -> None:
    raise error


def files_below(folder: Path) -> dict[str, bytes]:
    """Regular files below `folder`, without databases, caches, links and hidden ones but `.env`.

    Raises SubmissionError for more than an app has; OSError.
    """
    found: dict[str, bytes] = {}
    size = 0
    for root, folders, names in os.walk(folder, onerror=_refuse):
        here = Path(root)
        if len(here.parts) - len(folder.parts) > MAX_DEPTH:
            raise SubmissionError(
                f"{folder}: more than {MAX_DEPTH} folders within each other",
                "name the folder of the app alone",
            )
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in SKIPPED
            and not (here / name / "pyvenv.cfg").exists()
        )
        for name in sorted(names):
            path = here / name
            if is_hidden(name) or DATABASES & set(path.suffixes):
                continue
            if not stat.S_ISREG(path.lstat().st_mode):
                continue
            size += path.stat().st_size
            if len(found) >= MAX_FILES or size > MAX_BYTES:
                raise SubmissionError(
                    f"{folder}: more than {MAX_FILES} files or {MAX_BYTES >> 20} MiB",
                    "name the folder of the app alone",
                )
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found
