"""Loops while it starts, with the event loop in hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    while True:
        pass
    yield


app = FastAPI(lifespan=lifespan)
