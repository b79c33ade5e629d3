"""What a lesson's own text sends to an app: the requests of its first recorded run."""

from __future__ import annotations

from collections.abc import Sequence

from yielddb.catalogue import Lesson
from yielddb.lesson.blocks import Trace
from yielddb.lesson.text import load
from yielddb.tracing.script import RequestError, Script, script


def script_for(
    lesson: Lesson, requests: Sequence[str], parallel: int = 1, startup: bool = False
) -> Script:
    """A script of the given request lines, else of the lesson's; raises RequestError."""
    if requests:
        return script(requests, parallel=parallel, startup=startup)
    block = next((b for b in load(lesson).blocks if isinstance(b, Trace)), None)
    if block is None:
        raise RequestError(f"{lesson.stem} records nothing itself; say what to send: GET /health")
    return script(block.requests, block.before, parallel, startup or block.startup)
