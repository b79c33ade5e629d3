"""What is sent to an app while it is recorded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MAX_SENDS = 100  # requests of one recording; the pool of an app serves 15 at once


class RequestError(ValueError):
    """A request line that is not `METHOD /path [JSON body]`."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request."""

    method: str
    path: str
    body: Any = None


def parse_request(line: str) -> Request:
    """`POST /items/ {"name": "Umbrella"}` as method, path and body (None without one).

    Raises RequestError.
    """
    method, _, rest = line.strip().partition(" ")
    path, _, body = rest.strip().partition(" ")
    if not method.isalpha() or not method.isupper() or not path.startswith("/"):
        raise RequestError(f"{line!r} is not METHOD /path [JSON body]")
    try:
        return Request(method, path, json.loads(body) if body.strip() else None)
    except (ValueError, RecursionError) as error:
        raise RequestError(f"{line!r}: the body is not JSON: {error}") from None


@dataclass(frozen=True, slots=True)
class Script:
    """`before` is sent but not recorded; `parallel` sends each request that often, all at once.

    With `startup` the recording begins before the app's start-up.
    """

    requests: tuple[Request, ...]
    before: tuple[Request, ...] = ()
    parallel: int = 1
    startup: bool = False

    @property
    def sends(self) -> tuple[Request, ...]:
        """Every request that is recorded, in order."""
        return self.requests * self.parallel


def script(
    requests: Sequence[str], before: Sequence[str] = (), parallel: int = 1, startup: bool = False
) -> Script:
    """A script of request lines; raises RequestError."""
    made = Script(
        tuple(map(parse_request, requests)), tuple(map(parse_request, before)), parallel, startup
    )
    if not made.requests:
        raise RequestError("there is no request; write one: GET /health")
    if not 1 <= len(made.sends) <= MAX_SENDS:
        raise RequestError(f"{len(made.sends)} requests; a recording holds 1 to {MAX_SENDS}")
    return made
