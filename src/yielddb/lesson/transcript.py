"""The recorded run of an app as rows to show: what happened, in order, without times."""

from __future__ import annotations

import difflib
import functools
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from yielddb import trace
from yielddb.lesson.cache import Cache
from yielddb.sandbox import probe
from yielddb.sandbox.parent import Sandbox

CODE = (
    Path(__file__),
    Path(trace.__file__),
    Path(probe.__file__),
)  # who sees an event and who names it
# SQLAlchemy 2.0 labels the columns that 2.1 does not: items.id AS items_id
LABEL = re.compile(r"\b(\w+)\.(\w+) AS \1_\2\b")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?")  # differs in each run


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
    """One event as it is shown."""

    kind: str
    request: int | None
    detail: str
    checked_out: int | None
    in_transaction: bool | None

    @property
    def css(self) -> str:
        """The kind as a class name."""
        return self.kind.lower().replace(" ", "-")


@contextmanager
def recording(recorder: Recorder | None = None) -> Iterator[Recorder]:
    """The given recorder, or the engine's own: its apps share one sandbox, made when needed."""
    with ExitStack() as stack:

        @functools.cache
        def sandbox() -> Sandbox:
            made = Sandbox()
            stack.callback(made.close)
            return made

        def shared(
            files: Mapping[Path, str], requests: Sequence[str], before: Sequence[str]
        ) -> Sequence[Recorded]:
            return trace.record(files, requests, before, sandbox())

        yield recorder or shared


def rows(
    files: Mapping[Path, str],
    requests: Sequence[str],
    before: Sequence[str],
    recorder: Recorder,
    root: Path,
) -> tuple[Row, ...]:
    """What the recorder saw, remembered below `root`."""
    cache = Cache(root, "traces", *CODE)
    key = [{str(p): text for p, text in files.items()}, list(requests), list(before)]
    kept = cache.get(key)
    if kept is None:
        events = recorder(files, requests, before)
        kept = [asdict(_row(event)) for event in events]
        cache.put(key, kept)
    return tuple(Row(**record) for record in kept)


def _row(event: Recorded) -> Row:
    detail = MOMENT.sub("YYYY-MM-DDThh:mm:ss", " ".join(event.detail.split()))
    detail = LABEL.sub(r"\1.\2", detail)
    return Row(event.kind, event.request, detail, event.checked_out, event.in_transaction)


Pair = tuple[Row | None, Row | None]


def side_by_side(broken: Sequence[Row], right: Sequence[Row]) -> tuple[Pair, ...]:
    """Both runs, step beside the same step; None where the other run has no such step."""

    def step(row: Row) -> tuple[int | None, str, str]:
        return row.request, row.kind, row.detail

    pairs: list[Pair] = []
    matcher = difflib.SequenceMatcher(
        None, [step(row) for row in broken], [step(row) for row in right], autojunk=False
    )
    for _, a, b, c, d in matcher.get_opcodes():
        pairs += itertools.zip_longest(broken[a:b], right[c:d])
    return tuple(pairs)


def differs(pair: Pair) -> bool:
    """Whether the two steps are not the same one."""
    left, right = pair
    return not left or not right or (left.kind, left.detail) != (right.kind, right.detail)
