"""Answers one byte at a time."""

import asyncio
from collections.abc import AsyncIterator

from fastapi.responses import StreamingResponse
from tools import app

__all__ = ["app"]


async def drops() -> AsyncIterator[bytes]:
    while True:
        yield b"."
        await asyncio.sleep(0.2)


@app.get("/attack")
async def attack() -> StreamingResponse:
    return StreamingResponse(drops())
