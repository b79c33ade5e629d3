"""The floor: a hot process that loads app after app and sends each the same requests through ASGI.

No isolation, no socket, no verdict. Argument: a JSON file of requests. Reads the folder of an app a
line, and prints the seconds that it took.
"""

import asyncio
import importlib.util
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import httpx


def load(file: Path, number: int) -> object:
    """Import the file as a module of its own name, as if no other app had been here."""
    name = f"app_{number}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module.app


async def send(app: object, requests: list[dict[str, str]]) -> list[int]:
    """Start the app, send every request, shut it down; the statuses that came back."""
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with (
        app.router.lifespan_context(app),  # type: ignore[attr-defined]
        httpx.AsyncClient(transport=transport, base_url="http://app") as client,
    ):
        answers = [
            await client.request(
                request["method"],
                request["path"],
                content=request["body"].encode(),
                headers={"content-type": "application/json"} if request["body"] else {},
            )
            for request in requests
        ]
    return [answer.status_code for answer in answers]


def main(requests: list[dict[str, str]]) -> None:
    """Judge nothing, but do all that an app needs for its answers."""
    for number, line in enumerate(sys.stdin):
        with tempfile.TemporaryDirectory() as scratch:
            os.environ["DATABASE_URL"] = f"sqlite:///{scratch}/app.db"
            began = time.perf_counter()
            statuses = asyncio.run(send(load(Path(line.strip(), "main.py"), number), requests))
            seconds = time.perf_counter() - began
        if statuses != [request["status"] for request in requests]:
            raise SystemExit(f"{line.strip()} answered {statuses}")
        print(seconds, flush=True)


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text("utf-8")))
