"""Never gets ready."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    time.sleep(99)
    yield


app = FastAPI(lifespan=lifespan)
