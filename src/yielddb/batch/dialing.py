"""Asks who answers at an address, before Dask's own client does: that one waits for minutes."""

from __future__ import annotations

import asyncio


async def kind_of(address: str, seconds: float) -> str:
    """What answers there: Scheduler, Worker; empty for what is no part of Dask.

    Raises OSError where nothing answers.
    """
    from distributed import rpc

    async def ask() -> str:
        async with rpc(address, timeout=seconds) as remote:
            return str((await remote.identity()).get("type", ""))

    try:
        return await asyncio.wait_for(ask(), seconds)
    except (ValueError, AssertionError):  # a scheme it does not know, an answer it can't read
        return ""
