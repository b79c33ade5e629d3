"""What crosses between us and a farm: bytes and JSON, never an object that must be unpickled."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yielddb.batch.records import Unit
from yielddb.catalogue import Course
from yielddb.grade import versions
from yielddb.judging.submission import Submission
from yielddb.verdict import Verdict

Identity = dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a worker sends back: a verdict, or that its course is another one."""

    worker: str
    identity: Identity
    verdict: Verdict | None


def identity(course: Course) -> Identity:
    """What must be the same on two machines, so that both give the same verdict."""
    digest = hashlib.sha256()
    for lesson in course.lessons:
        content = lesson.check.read_bytes() if lesson.check.is_file() else b""
        digest.update(f"{lesson.stem} {len(content)} ".encode() + content)
    same = {name: version for name, version in versions(None).items() if name != "seed"}
    return {**same, "checks": digest.hexdigest()}


def differences(theirs: Identity, ours: Identity) -> str:
    """What of `theirs` is not as here, in words; empty where all is."""
    found = [
        f"{name} {theirs.get(name)}, here {version}"
        for name, version in ours.items()
        if theirs.get(name) != version and name != "checks"
    ]
    if not found and theirs.get("checks") != ours["checks"]:
        found = ["the checks of its course are not the ones here"]
    return "; ".join(found)


def pack(unit: Unit, same: Identity, seed: int | None) -> bytes:
    """An app on its way to a worker."""
    assert unit.lesson
    assert unit.submission
    files = unit.submission.files
    record = {
        "lesson": unit.lesson.slug,
        "module": unit.submission.module,
        "suffix": unit.submission.origin.suffix,
        "files": {name: base64.b64encode(raw).decode() for name, raw in files.items()},
        "identity": same,
        "seed": seed,
    }
    return json.dumps(record).encode()


def unpack(parcel: bytes, course: Course) -> tuple[Unit, Identity, int | None]:
    """The app as the worker gets it."""
    record: dict[str, Any] = json.loads(parcel)
    files = {name: base64.b64decode(text) for name, text in record["files"].items()}
    submission = Submission(Path(f"app{record['suffix']}"), files, record["module"])
    lesson = course.find(record["lesson"])
    return Unit("", lesson, "", 0.0, submission), record["identity"], record["seed"]


def pack_answer(worker: str, same: Identity, verdict: Verdict | None) -> str:
    """The verdict on its way back."""
    record = verdict.to_dict() if verdict else None
    return json.dumps({"worker": worker, "identity": same, "verdict": record})


def unpack_answer(text: str) -> Answer:
    """The verdict as it arrives."""
    record: dict[str, Any] = json.loads(text)
    verdict = record["verdict"]
    found = Verdict.from_dict(verdict) if verdict else None
    return Answer(record["worker"], record["identity"], found)
