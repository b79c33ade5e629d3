"""One request and what came back, in the words a learner reads."""

from __future__ import annotations

import contextlib
import json
import shlex
from dataclasses import dataclass

import httpx

from yielddb import checking
from yielddb.judging.diagnosis import Diagnosis

SHOWN = 300  # characters of an answer that a learner is shown
CURL_BASE = "http://127.0.0.1:8000"  # where `yielddb run` serves


class Trouble(Exception):
    """The app did not start, died or kept silent: no answer to judge."""

    def __init__(self, diagnosis: Diagnosis, sent: str) -> None:
        super().__init__(diagnosis.text)
        self.diagnosis = diagnosis
        self.sent = sent


class NotStarted(Trouble, checking.NotStarted):
    """The app did not come up, and why."""


def refused(response: httpx.Response) -> str | None:
    """FastAPI's reasons for a 422 in a few words: `body.name: Field required`."""
    with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError, RecursionError):
        if response.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
            reasons = response.json()["detail"]
            return "; ".join(f"{'.'.join(map(str, r['loc']))}: {r['msg']}" for r in reasons)
    return None


@dataclass(slots=True)
class Exchange:
    """One request and what came back."""

    request: httpx.Request
    response: httpx.Response | None = None
    error: str | None = None
    at: str | None = None

    @property
    def sent(self) -> str:
        """The request as a curl line that works against `yielddb run`."""
        body = self.request.content.decode("utf-8", "replace")
        parts = ["curl"]
        if self.request.method != "GET":
            parts += ["-X", self.request.method]
        parts.append(shlex.quote(CURL_BASE + self.request.url.raw_path.decode("ascii")))
        if body:
            with contextlib.suppress(ValueError, RecursionError):  # no escapes: readable
                body = json.dumps(json.loads(body), ensure_ascii=False)
            parts += ["-H", "'content-type: application/json'", "-d", shlex.quote(body)]
        return " ".join(parts)

    @property
    def told(self) -> str:
        """Request and answer in one line, as patterns of symptoms see them."""
        return f"{self.request.method} {self.request.url.path}: {self.came_back}"

    @property
    def came_back(self) -> str | None:
        """Status and body in one line, with the error in the app that led to it."""
        if self.response is None:
            return None
        text = refused(self.response) or " ".join(self.response.text.split())
        if self.error:  # says more than the "Internal Server Error" that a client is told
            return f"{self.response.status_code}, {self.error}"
        text = text[:SHOWN] + ("…" if len(text) > SHOWN else "")
        return f"{self.response.status_code} {text}".rstrip()
