"""Reads a .zip that a stranger packed: nothing gets out of its folder, nothing fills the disk."""

from __future__ import annotations

import contextlib
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from yielddb.batch.records import Trouble
from yielddb.judging.reading import MAX_DEPTH, SKIPPED, is_hidden

MIB = 1 << 20
MAX_ARCHIVE = 50 * MIB  # bytes on the disk; an app with its notebooks has a few
MAX_TOTAL = 50 * MIB  # bytes unpacked
MAX_ENTRIES = 2000  # an app has a dozen files; who packs .venv has ten thousand
PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # the others unpack all of it at once
MAX_RATIO = 100  # source code packs to a fifth, a bomb to a thousandth
RATIO_FROM = MIB  # bytes; below, an empty log may well pack that small
ENCRYPTED = 0x1
UTF8_NAME = 0x800
FIX = "ask for a new archive with the app's own files alone"
USUAL = "ask for an ordinary .zip, as the system's own file manager packs it"


class ArchiveError(ValueError):
    """The archive is refused as a whole; carries the trouble."""

    def __init__(self, says: str, fix: str = FIX) -> None:
        super().__init__(says)
        self.trouble = Trouble(says, fix)


def unpack(path: Path, target: Path, shown: str) -> None:
    """Unpack the archive's regular files into the empty folder `target`.

    Raises ArchiveError, with nothing or a part unpacked, for what no honest archive holds: paths
    that lead out, links, encryption, more than the limits above; and for a damaged one.
    """
    try:
        if path.stat().st_size > MAX_ARCHIVE:
            raise ArchiveError(f"{shown}: larger than {MAX_ARCHIVE // MIB} MiB")
        with zipfile.ZipFile(path) as archive:
            files = _files(archive, shown)
            _sizes([info for info, _ in files], shown)
            left = MAX_TOTAL
            for info, name in files:
                left -= _write(archive, info, target / name, left, shown)
    except ArchiveError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        raise ArchiveError(f"{shown}: a damaged archive ({error})", FIX) from None
    except MemoryError:
        raise ArchiveError(f"{shown}: takes too much memory") from None
    except RuntimeError as error:
        raise ArchiveError(f"{shown}: {error}") from None
    except OSError as error:
        says = f"{shown}: can't be unpacked ({error.strerror or error})"
        raise ArchiveError(says, "shorten the names in it, or make room on the disk") from None


def _files(archive: zipfile.ZipFile, shown: str) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """The entries worth unpacking, each with the relative path it gets."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise ArchiveError(f"{shown}: {len(entries)} files, at most {MAX_ENTRIES} are read")
    found = {}
    for info in entries:
        name = _safe(info, shown)
        if info.flag_bits & ENCRYPTED:
            raise ArchiveError(f"{shown}: encrypted", "ask for an archive without a password")
        if info.compress_type not in PACKINGS:
            raise ArchiveError(f"{shown}: {name} is packed in an unusual way", USUAL)
        folders = name.parts[:-1]  # `.env` is a file of settings, but a folder is an environment
        if any(part.startswith(".") or part in _SKIPPED for part in folders):
            continue
        if info.is_dir() or is_hidden(name.name) or name.name in _SKIPPED:
            continue
        if name in found:
            raise ArchiveError(f"{shown}: {name} is in it twice")
        found[name] = info
    return [(info, name) for name, info in found.items()]


_SKIPPED = SKIPPED | {"__MACOSX"}


def _safe(info: zipfile.ZipInfo, shown: str) -> PurePosixPath:
    """The entry's path; refuses one that leads out of the folder, and what is no plain file."""
    text = _decoded(info)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise ArchiveError(f"{shown}: {text} is a link")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArchiveError(f"{shown}: {text} is no plain file")
    name = PurePosixPath(text.replace("\\", "/"))  # some tools on Windows write it so
    if name.is_absolute() or ".." in name.parts or ":" in (name.parts or ("",))[0]:
        raise ArchiveError(f"{shown}: {text} leads out of its folder")
    if len(name.parts) > MAX_DEPTH:
        raise ArchiveError(f"{shown}: more than {MAX_DEPTH} folders within each other")
    return name


def _decoded(info: zipfile.ZipInfo) -> str:
    """The name as text; zipfile takes each that has no mark for cp437."""
    if info.flag_bits & UTF8_NAME:
        return info.filename
    with contextlib.suppress(UnicodeError):  # macOS and Linux write UTF-8 without the mark
        return info.filename.encode("cp437").decode("utf-8")
    return info.filename


def _sizes(files: list[zipfile.ZipInfo], shown: str) -> None:
    """Refuse what would fill the disk, before a byte of it is unpacked."""
    for info in files:
        if info.file_size > max(RATIO_FROM, MAX_RATIO * info.compress_size):
            says = f"{info.file_size // MIB} MiB packed into {info.compress_size // 1024} KiB"
            raise ArchiveError(f"{shown}: {says}: a bomb")
    if (total := sum(info.file_size for info in files)) > MAX_TOTAL:
        says = f"{total // MIB} MiB unpacked, at most {MAX_TOTAL // MIB} are read"
        raise ArchiveError(f"{shown}: {says}")


def _write(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, left: int, shown: str
) -> int:
    """Unpack one file; counts what comes out, whatever the archive says of it."""
    with archive.open(info) as packed:
        content = packed.read(left + 1)
    if len(content) > left:
        raise ArchiveError(f"{shown}: more than {MAX_TOTAL // MIB} MiB unpacked")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return len(content)
