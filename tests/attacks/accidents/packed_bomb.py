"""Answers some kilobytes that become a quarter of a gigabyte when they are unpacked."""

import zlib

from fastapi import Response
from tools import app

__all__ = ["app"]


def packed() -> bytes:
    packer = zlib.compressobj(level=1, wbits=31)
    return b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(256)), packer.flush()])


@app.get("/attack")
def attack() -> Response:
    return Response(packed(), headers={"content-encoding": "gzip"})
