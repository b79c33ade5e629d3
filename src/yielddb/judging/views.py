"""What a check may know of the app beside its answers: facts from within, and many at once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from yielddb.judging.learner import LearnerApp


@dataclass(frozen=True, slots=True)
class AtImport:
    """What was there after the import, before the start-up."""

    files: tuple[str, ...]
    tables: tuple[str, ...]
    connects: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What SQLAlchemy did in the app; counts, and `statements` as texts."""

    checked_out: int
    connects: int
    closes: int
    checkouts: int
    sessions: int
    sessions_at_import: int
    begins: int
    commits: int
    rollbacks: int
    statements: tuple[str, ...]
    disposed: int


@dataclass(slots=True)
class Seen:
    """Filled when the block of `probe.watch()` ends."""

    facts: Facts | None = None

    def __getattr__(self, name: str) -> Any:
        """A fact of the watched requests; the probe must have looked first."""
        if self.facts is None:
            raise AttributeError(f"{name} is known after the block of probe.watch()")
        return getattr(self.facts, name)


class Probe:
    """What only the inside can see; counts since the app's start."""

    def __init__(self, app: LearnerApp) -> None:
        self.app = app

    def settled(self) -> Facts:
        """The numbers once nothing moves any more."""
        return self.app.settled()

    @contextlib.contextmanager
    def watch(self) -> Iterator[Seen]:
        """The numbers of the requests inside the block alone."""
        seen = Seen()
        before = self.app.settled()
        yield seen
        after = self.app.settled()
        changes = {
            name: getattr(after, name) - getattr(before, name)
            for name in (
                "connects",
                "closes",
                "checkouts",
                "sessions",
                "begins",
                "commits",
                "rollbacks",
            )
        }
        seen.facts = Facts(
            **changes,
            checked_out=after.checked_out,
            sessions_at_import=after.sessions_at_import,
            statements=after.statements[len(before.statements) :],
            disposed=after.disposed - before.disposed,
        )


Call = tuple[str, str] | tuple[str, str, Any]


def in_parallel(client: httpx.Client, calls: Sequence[Call]) -> list[httpx.Response]:
    """Send all calls (method, path, JSON body) at one moment; the answers in their order."""
    barrier = threading.Barrier(len(calls))

    def send(call: Call) -> httpx.Response:
        method, path, *body = call
        barrier.wait(10)
        return client.request(method, path, json=body[0] if body else None)

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(send, calls))


def parallel_of(client: httpx.Client) -> Callable[..., list[httpx.Response]]:
    """The `parallel` fixture: `(20, "GET", "/now")` or `([("POST", "/items/", {...}), ...])`."""

    def parallel(times_or_calls: int | Sequence[Call], *call: Any) -> list[httpx.Response]:
        if isinstance(times_or_calls, int):
            return in_parallel(client, [call] * times_or_calls)
        return in_parallel(client, times_or_calls)

    return parallel
