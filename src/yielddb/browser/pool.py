"""A pool of workers that are not there: what is submitted runs at once, in the caller's thread."""

from __future__ import annotations

import concurrent.futures
import contextlib
from collections.abc import Callable, Iterator
from typing import Any


class InlineExecutor(concurrent.futures.Executor):
    """Stands in for ThreadPoolExecutor where threads can't be started."""

    def __init__(self, *_: Any, **__: Any) -> None:
        """Any number of workers is none."""

    def submit(  # type: ignore[override]
        self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> concurrent.futures.Future[Any]:
        """The future is done when it is given."""
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextlib.contextmanager
def in_place() -> Iterator[None]:
    """Checks that are imported inside get this pool for concurrent.futures.ThreadPoolExecutor."""
    before = concurrent.futures.ThreadPoolExecutor
    concurrent.futures.ThreadPoolExecutor = InlineExecutor  # type: ignore[assignment,misc]
    try:
        yield
    finally:
        concurrent.futures.ThreadPoolExecutor = before  # type: ignore[misc]
