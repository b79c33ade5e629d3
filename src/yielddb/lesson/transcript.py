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

from yielddb import tracing
from yielddb.lesson.cache import Cache
from yielddb.sandbox import recording as recording_room
from yielddb.sandbox.parent import Sandbox
from yielddb.tracing.recording import record_files
from yielddb.tracing.script import Script
from yielddb.tracing.trace import Trace

# who sees an event and who names it
CODE = tuple(
    sorted(
        path for room in (tracing, recording_room) for path in Path(room.__path__[0]).glob("*.py")
    )
)
# SQLAlchemy 2.0 labels the columns that 2.1 does not: items.id AS items_id
LABEL = re.compile(r"\b(\w+)\.(\w+) AS \1_\2\b")
NUMBERED = re.compile(r"(connection|session) \d+")
SHOWN = {
    "request", "response", "startup", "shutdown", "dependency enter", "dependency exit",
    "background", "background end", "session", "session close", "connect", "disconnect",
    "dispose", "checkout", "checkin", "begin", "commit", "rollback", "savepoint",
    "release savepoint", "rollback savepoint", "sql", "cut",
}  # fmt: skip

Recorder = Callable[[Mapping[Path, str], Script], Trace]


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

        def shared(files: Mapping[Path, str], script: Script) -> Trace:
            return record_files(files, script, sandbox())

        yield recorder or shared


def recorded(files: Mapping[Path, str], script: Script, recorder: Recorder, root: Path) -> Trace:
    """What the recorder saw, remembered below `root`."""
    cache = Cache(root, "traces", *CODE)
    key = [{str(p): text for p, text in files.items()}, asdict(script)]
    kept = cache.get(key)
    if kept is None:
        kept = recorder(files, script).data
        cache.put(key, kept)
    return Trace(kept)


def rows(trace: Trace) -> tuple[Row, ...]:
    """The events that tell of the database and of HTTP, each with its state after it."""
    found: list[Row] = []
    out: int | None = None
    open_in: dict[int, int | None] = {}
    for event in trace.events:
        out = event.get("checked_out", out)
        if "transaction" in event:
            if event["transaction"]:
                open_in[event["connection"]] = event.get("request")
            else:
                open_in.pop(event["connection"], None)
        if event["kind"] in SHOWN:
            number = event.get("request")
            detail = LABEL.sub(r"\1.\2", trace.detail(event))
            found.append(Row(event["kind"], number, detail, out, number in open_in.values()))
    return tuple(found)


Pair = tuple[Row | None, Row | None]


def side_by_side(broken: Sequence[Row], right: Sequence[Row]) -> tuple[Pair, ...]:
    """Both runs, step beside the same step; None where the other run has no such step."""

    pairs: list[Pair] = []
    matcher = difflib.SequenceMatcher(
        None, [_step(row) for row in broken], [_step(row) for row in right], autojunk=False
    )
    for _, a, b, c, d in matcher.get_opcodes():
        pairs += itertools.zip_longest(broken[a:b], right[c:d])
    return tuple(pairs)


def differs(pair: Pair) -> bool:
    """Whether the two steps are not the same one."""
    left, right = pair
    return not left or not right or _step(left)[1:] != _step(right)[1:]


def _step(row: Row) -> tuple[int | None, str, str]:
    """What makes two steps the same one: the number of a connection or session does not."""
    numbered = NUMBERED.fullmatch(row.detail)
    return row.request, row.kind, numbered[1] if numbered else row.detail
