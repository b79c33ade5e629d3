"""Many at once without threads: what checks submit runs in place, a crowd of requests in turns."""

from __future__ import annotations

import concurrent.futures
import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import httpx

from yielddb.browser.serving import Call, InlineTransport
from yielddb.judging import views
from yielddb.judging.exchange import Exchange
from yielddb.judging.transport import AppTransport
from yielddb.sandbox.events import AppDied, AppSilent


class InlineExecutor(concurrent.futures.Executor):
    """Stands in for ThreadPoolExecutor where threads can't be started."""

    def __init__(self, *_: Any, **__: Any) -> None:
        """Any number of workers is none."""

    def submit(
        self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> concurrent.futures.Future[Any]:
        """The future is done when it is given."""
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def crowd(client: httpx.Client, calls: Sequence[views.Call]) -> list[httpx.Response]:
    """Send all calls at one moment, redirects together as well: `views.in_parallel` of a page."""
    bodies = [call[2] if len(call) > 2 else None for call in calls]
    requests = [
        client.build_request(call[0], call[1], json=body)
        for call, body in zip(calls, bodies, strict=True)
    ]
    transport = client._transport
    assert isinstance(transport, AppTransport)
    responses: list[httpx.Response] = [httpx.Response(0)] * len(requests)
    waiting = dict(enumerate(requests))
    while waiting:
        answers = _together(transport, list(waiting.values()))
        for index, answer in zip(list(waiting), answers, strict=True):
            responses[index] = answer
            if client.follow_redirects and answer.has_redirect_location:
                waiting[index] = client._build_redirect_request(waiting[index], answer)
            else:
                del waiting[index]
    return responses


class _Ready(httpx.BaseTransport):
    """Gives the answer that is already there."""

    def __init__(self, call: Call) -> None:
        self.call = call

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.call.response()


def _together(transport: AppTransport, requests: list[httpx.Request]) -> list[httpx.Response]:
    """What came back is written down by the transport, one request after the other."""
    _, inner = transport._transport()
    assert isinstance(inner, InlineTransport)
    for request in requests:
        request.read()
    try:
        calls = inner.run(requests)
    except (AppDied, AppSilent) as trouble:
        exchange = Exchange(requests[0])
        transport.app.exchanges.append(exchange)
        raise transport._trouble(trouble, exchange) from None
    responses = []
    try:
        for call in calls:
            transport.inner = _Ready(call)
            responses.append(transport.handle_request(call.request))
    finally:
        transport.inner = inner
    return responses


@contextlib.contextmanager
def in_place() -> Iterator[None]:
    """Checks that are imported and run inside have no threads, and do not notice."""
    executor, parallel = concurrent.futures.ThreadPoolExecutor, views.in_parallel
    concurrent.futures.ThreadPoolExecutor = InlineExecutor  # type: ignore[assignment,misc]
    views.in_parallel = crowd
    try:
        yield
    finally:
        concurrent.futures.ThreadPoolExecutor = executor  # type: ignore[misc]
        views.in_parallel = parallel
