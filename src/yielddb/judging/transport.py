"""Carries the requests of a check to the app as it runs now."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import httpx

from yielddb.checking import Broken
from yielddb.judging.answers import whole
from yielddb.judging.diagnosis import error_line, place
from yielddb.judging.exchange import CURL_BASE, Exchange, Trouble
from yielddb.sandbox.box import Box
from yielddb.sandbox.events import AppDied, AppSilent
from yielddb.sandbox.limits import PATIENCE

if TYPE_CHECKING:
    from yielddb.judging.learner import LearnerApp

FILLING_S = 0.01  # no app fills the disk faster than that
GOING_S, GONE_S = 0.004, 1.0  # until a process that closed its sockets is gone: mostly, at most
ERROR_S = 2.0  # an error that nobody handled is reported this long after its answer, at most
CALLER = "curl/8.5.0"  # messages speak of curl; an app can't tell a check from a learner's request
UNHANDLED = b"Internal Server Error"  # what Starlette answers before it raises that error on


class AppTransport(httpx.BaseTransport):
    """Sends each request to the app as it runs now, and writes down what came back."""

    def __init__(self, app: LearnerApp) -> None:
        self.app = app
        self.inner: httpx.BaseTransport | None = None
        self.served: Box | None = None
        self.lock = threading.Lock()

    def _transport(self) -> tuple[Box, httpx.BaseTransport]:
        with self.lock:
            box = self.app.ensure()
            if box is not self.served or self.inner is None:
                self.close()
                self.inner = box.transport()
                self.served = box
            return box, self.inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; raises Trouble when the app dies or keeps silent over it."""
        box, transport = self._transport()
        exchange = Exchange(request)
        request.read()
        began = time.monotonic()
        self.app.exchanges.append(exchange)
        try:
            exchange.response = self._answer(transport, request)
        except httpx.TimeoutException:
            silent = AppSilent(self.app.sandbox.limits.answer_s, box.where())
            raise self._trouble(silent, exchange) from None
        except (AppSilent, AppDied) as trouble:  # where the app is no process, it says so itself
            raise self._trouble(trouble, exchange) from None
        except httpx.TransportError as error:
            if self._is_gone(box):
                raise self._trouble(AppDied(box.wait()), exchange) from None
            raise Broken("an HTTP answer", saw=f"{type(error).__name__}: {error}") from None
        if exchange.response.status_code >= 500:
            is_unhandled = exchange.response.content == UNHANDLED
            errors = box.errors(ERROR_S if is_unhandled else 0.0)  # raised once the answer is out
            if errors:
                exchange.error = error_line(errors[-1])
                exchange.at = place(errors[-1]["at"]) if errors[-1].get("at") else None
        if time.monotonic() - began > FILLING_S and box.wrote_too_much():
            raise self._trouble(AppDied(box.wait()), exchange)
        return exchange.response

    def _is_gone(self, box: Box) -> bool:
        """A process that is on its way out has closed its sockets first."""
        time.sleep(GOING_S)
        return not box.alive or box.wait(GONE_S) is not None

    def _answer(self, transport: httpx.BaseTransport, request: httpx.Request) -> httpx.Response:
        response = transport.handle_request(request)
        return whole(response, request, PATIENCE * self.app.sandbox.limits.answer_s)

    def _trouble(self, cause: Exception, exchange: Exchange) -> Trouble:
        return Trouble(self.app._explained(cause), exchange.sent)

    def close(self) -> None:
        """Hang up."""
        if self.inner:
            self.inner.close()
            self.inner = None


def client_of(app: LearnerApp, transport: AppTransport | None = None) -> httpx.Client:
    """An HTTP client whose requests reach the app."""
    return httpx.Client(
        transport=transport or AppTransport(app),
        base_url=CURL_BASE,
        headers={"user-agent": CALLER},
        trust_env=False,
        follow_redirects=True,
        timeout=app.sandbox.limits.answer_s,
    )
