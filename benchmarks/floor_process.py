"""The floor: a fresh interpreter imports the stack, loads the app and sends the same requests.

No isolation, no socket, no verdict. Arguments: the app's folder, a JSON file of requests, and what
to import besides FastAPI, SQLAlchemy, Pydantic and httpx.
"""

import asyncio
import importlib
import json
import os
import sys
import tempfile
from pathlib import Path


async def send(app: object, requests: list[dict[str, str]]) -> None:
    """Start the app, send every request, shut it down."""
    import httpx

    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with (
        app.router.lifespan_context(app),  # type: ignore[attr-defined]
        httpx.AsyncClient(transport=transport, base_url="http://app") as client,
    ):
        for request in requests:
            await client.request(
                request["method"],
                request["path"],
                content=request["body"].encode(),
                headers={"content-type": "application/json"} if request["body"] else {},
            )


def main(folder: str, requests: str, extra: list[str]) -> None:
    """Run once."""
    for name in ("fastapi", "sqlalchemy.orm", "pydantic", "httpx", *extra):
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["DATABASE_URL"] = f"sqlite:///{scratch}/app.db"
        sys.path.insert(0, folder)
        app = importlib.import_module("main").app
        asyncio.run(send(app, json.loads(Path(requests).read_text("utf-8"))))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
