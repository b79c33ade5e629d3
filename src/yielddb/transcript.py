"""The recorded run of an app as rows to show: what happened, in order, without times."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

from yielddb.cache import Cache


class Recorded(Protocol):
    """What is read of an event of the recorder."""

    @property
    def kind(self) -> str:
        """Request, response, checkout, sql and so on."""

    @property
    def request(self) -> int | None:
        """The number of the request it belongs to."""

    @property
    def detail(self) -> str:
        """The statement, the request line or the answer."""

    @property
    def checked_out(self) -> int | None:
        """How many connections are out of the pool after it."""

    @property
    def in_transaction(self) -> bool | None:
        """Whether a transaction is open after it."""


Recorder = Callable[[Mapping[Path, str], Sequence[str], Sequence[str]], Sequence[Recorded]]


@dataclass(frozen=True, slots=True)
class Row:
    """One event; `alone` marks what the run beside it does not have."""

    kind: str
    request: int | None
    detail: str
    checked_out: int | None
    in_transaction: bool | None
    alone: bool = False

    @property
    def css(self) -> str:
        """The kind as a class name."""
        return self.kind.lower().replace(" ", "-")


def default_recorder() -> Recorder:
    """The engine's own recorder; imported late, for it brings the whole sandbox."""
    from yielddb.trace import record

    return record


def rows(
    files: Mapping[Path, str],
    requests: Sequence[str],
    before: Sequence[str],
    recorder: Recorder,
    root: Path,
) -> tuple[Row, ...]:
    """What the recorder saw, remembered below `root`."""
    cache = Cache(root, "traces", Path(recorder.__code__.co_filename))
    key = [{str(p): text for p, text in files.items()}, list(requests), list(before)]
    kept = cache.get(key)
    if kept is None:
        events = recorder(files, requests, before)
        kept = [asdict(_row(event)) for event in events]
        cache.put(key, kept)
    return tuple(Row(**record) for record in kept)


def _row(event: Recorded) -> Row:
    detail = " ".join(event.detail.split())
    return Row(event.kind, event.request, detail, event.checked_out, event.in_transaction)


def side_by_side(
    broken: Sequence[Row], right: Sequence[Row]
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Both runs, with the rows marked that the other one does not have."""
    matcher = difflib.SequenceMatcher(None, list(broken), list(right), autojunk=False)
    ours = {n for block in matcher.get_matching_blocks() for n in range(block.a, sum(block[::2]))}
    theirs = {n for block in matcher.get_matching_blocks() for n in range(block.b, sum(block[1:]))}
    return (
        tuple(replace(row, alone=n not in ours) for n, row in enumerate(broken)),
        tuple(replace(row, alone=n not in theirs) for n, row in enumerate(right)),
    )
