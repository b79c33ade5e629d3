"""Who handed in what: folders, files, notebooks and archives, good and hostile."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.class_room import COUNT, HELLO, notebook, packed, put
from tests.hard_folders import deep, drop_rights
from yielddb.batch import archives
from yielddb.batch.finding import Finder
from yielddb.batch.records import Unit
from yielddb.catalogue import Course
from yielddb.judging.submission import Submission


def units(course: Course, root: Path, lesson: str | None = None) -> list[Unit]:
    wanted = course.find(lesson) if lesson else None
    return list(Finder(root, course, wanted, root.parent / "out").units())


def names(found: list[Unit]) -> set[tuple[str, str | None]]:
    return {(one.student, one.lesson.slug if one.lesson else None) for one in found}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "class"
    folder.mkdir()
    return folder


def test_any_mix_of_forms(toy: Course, root: Path) -> None:
    """Folders, files, notebooks and archives tell student and lesson by their names."""
    put(root, {
        "alice/01_hello/main.py": HELLO,
        "alice/02_count/main.py": COUNT,
        "bob/hello.py": HELLO,
        "carla_01_hello.py": HELLO,
        "dora/mine.ipynb": notebook(f"%%app 1\n{HELLO}", f"%%app count\n{COUNT}"),
        "02_count/erik.py": COUNT,
        "02_count/fay/main.py": COUNT,
        "Gina Moss_123_assignsubmission_file_/01-hello.ipynb": notebook(f"%%app\n{HELLO}"),
    })  # fmt: skip
    packed(root / "hugo.zip", {"work/01_hello/main.py": HELLO, "02_count.py": COUNT})
    packed(root / "ines/01_hello.ZIP", {"main.py": HELLO})
    found = units(toy, root)
    assert [one.trouble for one in found if one.trouble] == []
    both = {(who, slug) for who in ("alice", "dora", "hugo") for slug in ("hello", "count")}
    one = {(who, "hello") for who in ("bob", "carla", "Gina Moss", "ines")}
    assert names(found) == both | one | {("erik", "count"), ("fay", "count")}


def test_a_lesson_for_all(toy: Course, root: Path) -> None:
    """With --lesson, names need not tell it; what is named for another one is left out."""
    put(root, {"alice/main.py": HELLO, "bob.py": HELLO, "alice/02_count/main.py": COUNT,
               "carla/x.ipynb": notebook(f"%%app\n{HELLO}")})  # fmt: skip
    assert names(units(toy, root, "1")) == {
        ("alice", "hello"),
        ("bob", "hello"),
        ("carla", "hello"),
    }
    without = units(toy, root)
    assert {one.trouble.says for one in without if one.trouble} == {
        "alice: no name tells the lesson",
        "bob.py: no name tells the lesson",
        "carla/x.ipynb: no name tells the lesson",
    }


def test_a_learners_own_folder(toy: Course, root: Path) -> None:
    """A folder of lessons without students is that of one student, named as the folder."""
    put(root, {"01_hello/main.py": HELLO, "02_count.py": COUNT})
    assert names(units(toy, root)) == {("class", "hello"), ("class", "count")}


def test_helpers_come_along_and_others_do_not(toy: Course, root: Path) -> None:
    """A student's modules belong to the app; another app, or another student's, does not."""
    put(root, {"alice/hello.py": HELLO, "alice/count.py": COUNT, "alice/words.py": "x = 1\n",
               "bob_01_hello.py": HELLO, "carla_01_hello.py": HELLO})  # fmt: skip
    files = {
        one.student: set(one.submission.files)
        for one in units(toy, root)
        if one.submission and one.lesson and one.lesson.slug == "hello"
    }
    assert files["alice"] >= {"hello.py"}
    assert "count.py" not in files["alice"]
    assert files["bob"] == {"bob_01_hello.py"}


def test_settings_come_along_in_an_archive(toy: Course, root: Path) -> None:
    """`.env` is a file of settings; a folder of that name, an environment, stays behind."""
    packed(root / "amy.zip", {"main.py": HELLO, ".env": "DEBUG=1", ".git/HEAD": "ref"})
    packed(root / "bob.zip", {"main.py": HELLO, ".env/lib/thing.py": "x = 1"})
    files = {x.student: set(x.submission.files) for x in units(toy, root, "hello") if x.submission}
    assert files == {"amy": {"main.py", ".env"}, "bob": {"main.py"}}


def test_links_are_not_followed(toy: Course, root: Path) -> None:
    """A link is told, whatever it leads to."""
    put(root, {"alice/01_hello/main.py": HELLO})
    (root / "alice/01_hello/more").symlink_to("/etc")
    (root / "bob").symlink_to(root / "alice")
    put(root, {"carla/x.txt": ""})
    (root / "carla/hello.py").symlink_to("/etc/passwd")
    says = {one.student: one.trouble.says for one in units(toy, root) if one.trouble}
    assert says["bob"] == "bob: a link, not followed"
    assert says["carla"] == "carla/hello.py: a link, not followed"


def test_results_of_an_earlier_run(toy: Course, root: Path) -> None:
    """A folder of results below the class's is no student, whatever lies in it."""
    put(root, {"alice/01_hello/main.py": HELLO, "old/results.db": b"", "old/01_hello.py": HELLO})
    assert names(units(toy, root)) == {("alice", "hello")}


def test_what_is_no_plain_file(toy: Course, root: Path) -> None:
    """A pipe or a socket is told; nobody waits at its end."""
    put(root, {"alice/01_hello/main.py": HELLO})
    os.mkfifo(root / "bob_01_hello.py")
    says = {one.student: one.trouble.says for one in units(toy, root) if one.trouble}
    assert says == {"bob": "bob_01_hello.py: no plain file"}


def test_strange_names(toy: Course, root: Path) -> None:
    """Emoji, quotes, commas, 200 letters and bytes that are no text all make a student."""
    strange = ['O\'Neil, "Sam" 🌂', "ж" * 100, "=1+1"]
    for name in strange:
        put(root, {f"{name}/01_hello/main.py": HELLO})
    raw = os.fsencode(root) + b"/\xff\xfe"
    put(Path(os.fsdecode(raw)), {"01_hello/main.py": HELLO})
    found = {one.student for one in units(toy, root)}
    assert found == {*strange, "\\xff\\xfe"}
    assert all(one.encode() for one in found)


def zip_slip(path: Path) -> None:
    packed(path, {"../../evil.py": HELLO})


def absolute(path: Path) -> None:
    packed(path, {"/tmp/evil.py": HELLO})


def windows_slip(path: Path) -> None:
    packed(path, {"..\\..\\evil.py": HELLO})


def drive(path: Path) -> None:
    packed(path, {"C:\\evil.py": HELLO})


def link(path: Path) -> None:
    info = zipfile.ZipInfo("main.py")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, "/etc/passwd")


def pipe(path: Path) -> None:
    info = zipfile.ZipInfo("main.py")
    info.external_attr = (stat.S_IFIFO | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, "")


def ratio(path: Path) -> None:
    packed(path, {"main.py": b"#" * (20 << 20)})


def total(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:  # stored: each file is as large as it says
        for number in range(3):
            archive.writestr(f"{number}.bin", os.urandom(1 << 20) * 15)


def crowd(path: Path) -> None:
    packed(path, {f"{number}.py": "" for number in range(10_000)})


def encrypted(path: Path) -> None:
    packed(path, {"main.py": HELLO})
    raw = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + at] |= 1
    path.write_bytes(raw)


def cut(path: Path) -> None:
    packed(path, {"main.py": HELLO})
    path.write_bytes(path.read_bytes()[:-30])


def changed(path: Path) -> None:
    packed(path, {"main.py": HELLO})
    raw = bytearray(path.read_bytes())
    raw[60] ^= 0xFF
    path.write_bytes(raw)


def twice(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("main.py", HELLO)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("main.py", COUNT)


def in_the_way(path: Path) -> None:
    packed(path, {"a": "a file", "a/main.py": HELLO})


def long_name(path: Path) -> None:
    packed(path, {f"{'x' * 300}/main.py": HELLO})


def no_app(path: Path) -> None:
    packed(path, {"notes.txt": "umbrella"})


def lying(path: Path) -> None:
    """The directory says 10 bytes; there is more."""
    packed(path, {"main.py": HELLO})
    raw = bytearray(path.read_bytes())
    at = raw.index(b"PK\x01\x02") + 24
    raw[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(raw)


def unusual(path: Path) -> None:
    """Four thousand bytes of bzip2 are six billion at once, whatever the directory says."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("main.py", HELLO)


def nested(path: Path) -> None:
    packed(path, {"d/" * 1200 + "main.py": HELLO})


def understated(path: Path) -> None:
    """Twenty million bytes are packed, and the directory says ten: that many are unpacked."""
    packed(path, {"main.py": b"#" * (20 << 20)})
    raw = bytearray(path.read_bytes())
    at = raw.index(b"PK\x01\x02") + 24
    raw[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(raw)


HOSTILE: dict[Callable[[Path], None], str] = {
    zip_slip: "eve.zip: ../../evil.py leads out of its folder",
    absolute: "eve.zip: /tmp/evil.py leads out of its folder",
    windows_slip: "leads out of its folder",
    drive: "leads out of its folder",
    link: "eve.zip: main.py is a link",
    pipe: "eve.zip: main.py is no plain file",
    ratio: "eve.zip: 20 MiB packed into 19 KiB: a bomb",
    crowd: "eve.zip: 10000 files, at most 2000 are read",
    encrypted: "eve.zip: encrypted",
    cut: "eve.zip: a damaged archive",
    changed: "eve.zip: a damaged archive",
    lying: "eve.zip: a damaged archive",
    twice: "eve.zip: main.py is in it twice",
    in_the_way: "eve.zip: can't be unpacked",
    long_name: "eve.zip: can't be unpacked",
    unusual: "eve.zip: main.py is packed in an unusual way",
    nested: "eve.zip: more than 20 folders within each other",
    understated: "eve.zip: a damaged archive",
    no_app: "eve.zip: no app in this archive",
}


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_a_hostile_archive(
    make: Callable[[Path], None], toy: Course, root: Path, tmp_path: Path
) -> None:
    """Each gives one message for its student, writes nothing outside, and the others go on."""
    make(root / "eve.zip")
    put(root, {"bob.py": HELLO})
    before = set(tmp_path.rglob("*"))
    eve, bob = sorted(units(toy, root, "hello"), key=lambda one: one.student, reverse=True)
    assert eve.student == "eve"
    assert eve.trouble
    assert HOSTILE[make] in eve.trouble.says
    assert eve.trouble.fix
    assert isinstance(bob.submission, Submission)
    assert set(tmp_path.rglob("*")) == before


def test_total_size(toy: Course, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many honest files are too many bytes at some point, packed or not."""
    monkeypatch.setattr(archives, "MAX_TOTAL", 40 << 20)
    total(root / "eve.zip")
    (eve,) = units(toy, root, "hello")
    assert eve.trouble
    assert eve.trouble.says == "eve.zip: 45 MiB unpacked, at most 40 are read"
    monkeypatch.setattr(archives, "MAX_ARCHIVE", 40 << 20)
    (eve,) = units(toy, root, "hello")
    assert eve.trouble
    assert eve.trouble.says == "eve.zip: larger than 40 MiB"


def test_names_in_any_encoding(toy: Course, root: Path) -> None:
    """Names without the UTF-8 mark, in UTF-8 or not, are no reason to refuse an archive."""
    for student, name in (("eve", "зонт".encode()), ("fay", "зонт".encode("cp866"))):
        path = root / f"{student}.zip"
        packed(path, {"????????.txt"[: len(name)]: "umbrella", "main.py": HELLO})
        path.write_bytes(path.read_bytes().replace(b"?" * len(name), name))
    assert [one.trouble for one in units(toy, root, "hello")] == [None, None]


def test_too_large_and_unreadable(toy: Course, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that no app has is refused before it is read; broken ones say why."""
    monkeypatch.setattr("yielddb.batch.apps.MAX_BYTES", 10_000)
    put(root, {"big/hello.py": "#" * 20_000, "latin/hello.py": b"# gr\xfc\xdfe\n",
               "odd/01_hello.ipynb": "{", "two/01_hello/main.py": HELLO,
               "two/01_hello/app.py": HELLO, "none/01_hello/readme.txt": "x"})  # fmt: skip
    says = {one.student: one.trouble.says for one in units(toy, root) if one.trouble}
    assert says == {
        "big": "big/hello.py: larger than 0 MiB",
        "latin": "latin/hello.py: the file is not UTF-8 text",
        "none": "none: no app here",
        "odd": "odd/01_hello.ipynb: this is not a notebook (no JSON with cells)",
        "two": "two/01_hello: two apps: main.py and app.py both define app",
    }


def test_memory_runs_out(toy: Course, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive that takes more memory than there is costs its student alone."""

    def none_left(*_: object) -> None:
        raise MemoryError

    packed(root / "eve.zip", {"main.py": HELLO})
    put(root, {"bob.py": HELLO})
    monkeypatch.setattr(zipfile.ZipFile, "open", none_left)
    found = {one.student: one.trouble and one.trouble.says for one in units(toy, root, "hello")}
    assert found == {"bob": None, "eve": "eve.zip: takes too much memory"}


def test_folders_without_end(toy: Course, apart: Path) -> None:
    """A folder deeper than any path may be long is its student's trouble; the others are read."""
    put(apart, {"amy/main.py": HELLO, "bob/main.py": HELLO, "cy/notes.txt": "deep"})
    deep(apart / "amy", 1200)
    deep(apart / "cy", 1200)
    found = {one.student: one.trouble and one.trouble.says for one in units(toy, apart, "hello")}
    assert found == {
        "amy": "amy: more than 20 folders within each other",
        "bob": None,
        "cy": "cy: no app here",
    }


def test_what_the_system_refuses(toy: Course, apart: Path) -> None:
    """Files and folders without the right to read them, or to enter, are a student's trouble."""
    put(apart, {"amy/main.py": HELLO, "bob/main.py": HELLO, "cy.py": HELLO,
                       "dan/x.py": HELLO, "eve.ipynb": "", "fay.zip": ""})  # fmt: skip
    for name, mode in (("amy", 0o644), ("cy.py", 0), ("dan", 0), ("dan/x.py", 0),
                       ("eve.ipynb", 0), ("fay.zip", 0)):  # fmt: skip
        (apart / name).chmod(mode)
    assert toy.lessons  # read while that is allowed
    drop_rights()
    found = {one.student: one.trouble and one.trouble.says for one in units(toy, apart, "1")}
    denied = "Permission denied"
    assert found == {
        "amy": f"amy: {denied}",
        "bob": None,
        "cy": f"cy.py: {denied}",
        "dan": f"dan: {denied}",
        "eve": f"eve.ipynb: {denied}",
        "fay": f"fay.zip: can't be unpacked ({denied})",
    }
