"""Answers with a gigabyte."""

from collections.abc import Iterator

from fastapi.responses import StreamingResponse
from tools import app

__all__ = ["app"]


def flood() -> Iterator[bytes]:
    for _ in range(1024):
        yield bytes(1 << 20)


@app.get("/attack")
def attack() -> StreamingResponse:
    return StreamingResponse(flood())
