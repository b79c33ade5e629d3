"""Serves the built site from a loopback port, in threads of this process."""

from __future__ import annotations

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from yielddb.terminal.ports import HOST


class Handler(SimpleHTTPRequestHandler):
    """Static files, without a line per request on the terminal."""

    extensions_map = {  # noqa: RUF012 - the base class declares it so
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",  # some systems' registries say text/plain
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class SiteServer:
    """Runs inside a `with` block; port 0 takes a free one."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        handler = functools.partial(Handler, directory=str(folder))
        self._server = ThreadingHTTPServer((HOST, port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def address(self) -> str:
        """Where the site's first page is."""
        return f"http://{HOST}:{self._server.server_address[1]}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
