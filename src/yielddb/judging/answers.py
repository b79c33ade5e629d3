"""Reads what an app answers, within bounds: its body, its packing and its charset are its own."""

from __future__ import annotations

import codecs
import contextlib
import time
import zlib

import httpx

from yielddb.checking import Broken

MAX_ANSWER = 1 << 20  # bytes of one answer; the largest of a lesson is under 10 KiB
CONTRACT = "an answer of a few kilobytes"
PACKED = {"gzip": zlib.MAX_WBITS | 32, "x-gzip": zlib.MAX_WBITS | 32, "deflate": zlib.MAX_WBITS}
# Python knows codecs that unpack (bz2) or take a time that grows as the square (idna).
CHARSETS = ("utf-8", "ascii", "iso8859-", "utf-16", "utf-32", "cp125", "cp866", "koi8-")


def whole(response: httpx.Response, request: httpx.Request, seconds: float) -> httpx.Response:
    """The answer with all its body, unpacked, whose text can be read.

    Raises httpx.ReadTimeout when it does not end in time, Broken where it is no plain answer.
    """
    body = bytearray()
    end = time.monotonic() + seconds
    assert isinstance(response.stream, httpx.SyncByteStream)
    with contextlib.closing(response.stream):
        for chunk in response.stream:
            body += chunk
            if time.monotonic() > end:  # each piece came in time, the whole does not
                raise httpx.ReadTimeout("the answer does not end", request=request)
            if len(body) > MAX_ANSWER:
                raise Broken(CONTRACT, saw="more than 1 MiB")
    headers = response.headers
    content = bytes(body)
    if packing := headers.get("content-encoding"):
        content = _unpacked(content, packing)
        headers = httpx.Headers(
            [(n, v) for n, v in headers.raw if n.lower() != b"content-encoding"]
        )
    read = httpx.Response(response.status_code, headers=headers, content=content, request=request)
    if read.charset_encoding and not _is_charset(read.charset_encoding):
        read.encoding = "utf-8"
    return read


def _unpacked(body: bytes, packing: str) -> bytes:
    name = packing.strip().lower()
    if name == "identity" or not body:
        return body
    if name not in PACKED:
        raise Broken("an answer as it is, or packed by gzip", saw=f"content-encoding: {packing}")
    for bits in (PACKED[name], -zlib.MAX_WBITS):  # some send deflate without its frame
        unpacking = zlib.decompressobj(bits)
        try:
            content = unpacking.decompress(body, MAX_ANSWER + 1)
        except zlib.error:
            continue
        if len(content) > MAX_ANSWER:
            raise Broken(CONTRACT, saw="more than 1 MiB once it is unpacked")
        if unpacking.eof:
            return content
    raise Broken(
        "an answer that can be unpacked", saw=f"content-encoding: {packing}, but it is not"
    )


def _is_charset(name: str) -> bool:
    try:
        return codecs.lookup(name).name.startswith(CHARSETS)
    except LookupError:
        return False
