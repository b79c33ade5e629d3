"""The site on this machine answers as a published one does."""

from __future__ import annotations

from pathlib import Path

import httpx

from yielddb.terminal.site_server import SiteServer


def test_a_page_that_is_not_there(tmp_path: Path) -> None:
    """The site's own page says so; a site without one says it in its server's words."""
    (tmp_path / "index.html").write_text("home", "utf-8")
    with SiteServer(tmp_path) as server, httpx.Client(base_url=server.address) as client:
        assert client.get("/").text == "home"
        assert "Error response" in client.get("/nowhere/").text
        (tmp_path / "404.html").write_text("нема", "utf-8")
        missing = client.get("/nowhere/")
        assert (missing.status_code, missing.text) == (404, "нема")
        assert client.head("/nowhere/").content == b""
        assert client.get("/").text == "home"
