"""What an app answers is read within bounds, however it is packed."""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib
from collections.abc import Iterator

import httpx
import pytest

from yielddb.checking import Broken
from yielddb.judging.answers import MAX_ANSWER, whole

REQUEST = httpx.Request("GET", "http://app/")
TEXT = "зонтик".encode()
HUGE = bytes(64 << 20)


class Pieces(httpx.SyncByteStream):
    """A body that comes piece by piece."""

    def __init__(self, *pieces: bytes, pause: float = 0) -> None:
        self.pieces, self.pause = pieces, pause

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            time.sleep(self.pause)
            yield piece


def read(*pieces: bytes, pause: float = 0, **headers: str) -> httpx.Response:
    """The answer with this body and these headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = httpx.Response(200, headers=named, stream=Pieces(*pieces, pause=pause))
    return whole(answer, REQUEST, seconds=0.1)


@pytest.mark.parametrize(
    ("packing", "body"),
    [
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT)),
        ("X-GZip", gzip.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", zlib.compress(TEXT, wbits=-zlib.MAX_WBITS)),
    ],
    ids=["identity", "gzip", "x-gzip", "deflate", "bare deflate"],
)
def test_unpacks(packing: str, body: bytes) -> None:
    """Every packing that a client offers to read."""
    assert read(body[:3], body[3:], content_encoding=packing).content == TEXT


@pytest.mark.parametrize(
    ("packing", "body", "saw"),
    [
        ("gzip", gzip.compress(HUGE), "unpacked"),
        ("deflate", zlib.compress(HUGE), "unpacked"),
        ("gzip, gzip", gzip.compress(gzip.compress(TEXT)), "gzip, gzip"),
        ("br", b"?", "br"),
        ("gzip", b"no gzip", "it is not"),
        ("gzip", gzip.compress(TEXT)[:-9], "it is not"),
        ("identity", bytes(MAX_ANSWER + 1), "1 MiB"),
    ],
    ids=["gzip bomb", "deflate bomb", "twice", "brotli", "no gzip", "cut off", "long"],
)
def test_refuses(packing: str, body: bytes, saw: str) -> None:
    """What is too much, or can't be read; without taking the memory first."""
    tracemalloc.start()
    with pytest.raises(Broken) as broken:
        read(body, content_encoding=packing)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert saw in str(broken.value.saw)
    assert peak < 10 * MAX_ANSWER


def test_a_drip_ends() -> None:
    """Each piece comes in time, the whole does not."""
    with pytest.raises(httpx.ReadTimeout):
        read(*[b"."] * 100, pause=0.02)


@pytest.mark.parametrize("charset", ["bz2", "zlib_codec", "rot13", "idna", "nonsense", "hex"])
def test_a_charset_that_is_none(charset: str) -> None:
    """Python's other codecs are no charsets: the text is read as UTF-8."""
    assert read(TEXT, content_type=f"text/plain; charset={charset}").text == "зонтик"


def test_a_charset() -> None:
    """One that people use is used."""
    body = "зонтик".encode("cp1251")
    assert read(body, content_type="text/plain; charset=windows-1251").text == "зонтик"
