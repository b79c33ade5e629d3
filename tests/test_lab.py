"""An app served from a cell: real HTTP, quiet, gone afterwards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import BackgroundTasks, FastAPI

from yielddb.lab import serve


@pytest.fixture
def seen() -> list[str]:
    return []


@pytest.fixture
def app(seen: list[str]) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        seen.append("up")
        yield
        seen.append("down")

    app = FastAPI(lifespan=lifespan)

    @app.get("/umbrella")
    def umbrella() -> dict[str, str]:
        return {"name": "жёлтый зонт"}

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("the handle came off")

    @app.get("/later")
    def later(tasks: BackgroundTasks) -> None:
        tasks.add_task(seen.append, "later")

    return app


def test_serves_real_http_with_its_lifespan(app: FastAPI, seen: list[str]) -> None:
    """A request is answered over a socket, between start-up and shutdown."""
    with serve(app) as client:
        assert seen == ["up"]
        answer = client.get("/umbrella")
        assert answer.json() == {"name": "жёлтый зонт"}
        assert client.base_url.host == "127.0.0.1"
    assert seen == ["up", "down"]


def test_writes_nothing_when_a_route_raises(
    app: FastAPI, capfd: pytest.CaptureFixture[str]
) -> None:
    """An unhandled error is a 500, the next request works, and nothing is printed."""
    with serve(app) as client:
        assert [client.get(path).status_code for path in ("/broken", "/umbrella")] == [500, 200]
    assert capfd.readouterr() == ("", "")


def test_waits_for_background_tasks(app: FastAPI, seen: list[str]) -> None:
    """The end of the block lets a background task finish before the lifespan ends."""
    with serve(app) as client:
        client.get("/later")
    assert seen == ["up", "later", "down"]


def test_stops_when_the_cell_raises(app: FastAPI, seen: list[str]) -> None:
    """An error in the block stops the server and is seen as it is."""
    urls = []
    with pytest.raises(LookupError), serve(app) as client:
        raise LookupError(urls.append(client.base_url))
    assert seen == ["up", "down"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(urls[0], trust_env=False)


@pytest.mark.parametrize("fails", ["up", "down"])
def test_raises_what_the_lifespan_raised(fails: str, capfd: pytest.CaptureFixture[str]) -> None:
    """A lifespan that fails at start-up or shutdown is an error of the block."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if fails == "up":
            raise LookupError("no shelf")
        yield
        raise LookupError("no shelf")

    with pytest.raises(LookupError, match="no shelf"), serve(FastAPI(lifespan=lifespan)):
        assert fails == "down"
    assert capfd.readouterr() == ("", "")


def test_two_apps_at_once(app: FastAPI) -> None:
    """Each block has a port of its own."""
    other = FastAPI()
    with serve(app) as first, serve(other) as second:
        assert first.get("/umbrella").status_code == 200
        assert second.get("/umbrella").status_code == 404
