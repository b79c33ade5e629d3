"""Ctrl-C, and a polite end of the process, as an event that the run waits for."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def signals(handler: Callable[..., None]) -> Iterator[None]:
    """SIGINT and SIGTERM go to `handler` while the block runs."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    before = [(number, signal.signal(number, handler)) for number in numbers]
    try:
        yield
    finally:
        for number, old in before:
            signal.signal(number, old)
