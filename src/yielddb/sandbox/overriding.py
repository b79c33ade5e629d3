"""Makes a dependency of the app yield a session on another database, as a test of the app would."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any


def override(app: Any, module: Any, folder: str, name: str, url: str) -> dict[str, Any]:
    """Register an override for the dependency called `name`; the answer has `error` if it can't."""
    dependency = find(module, folder, name)
    if dependency is None:
        return {"error": f"there is no function called {name}"}
    is_async = any(
        kind(target)
        for target in (dependency, getattr(dependency, "__call__", None))  # noqa: B004
        for kind in (inspect.isasyncgenfunction, inspect.iscoroutinefunction)
    )
    wants_async = is_async and _gives_async_session(dependency, module)
    app.dependency_overrides[dependency] = _async(url) if wants_async else _sync(url)
    return {"error": None}


def find(module: Any, folder: str, name: str) -> Callable[..., Any] | None:
    """The object called `name` in the app's module, else in another module of its folder."""
    root = folder.rstrip(os.sep) + os.sep
    others = [m for m in list(sys.modules.values()) if _file_of(m).startswith(root)]
    for candidate in (module, *others):
        found = getattr(candidate, name, None)
        if callable(found):
            return found  # type: ignore[no-any-return]
    return None


def _file_of(module: Any) -> str:
    return getattr(module, "__file__", None) or ""


def _gives_async_session(dependency: Callable[..., Any], module: Any) -> bool:
    """An `async def` dependency may well yield a sync session: look at what its module uses."""
    home = sys.modules.get(getattr(dependency, "__module__", ""), module)
    return any("AsyncSession" in type_name for type_name in _type_names(home))


def _type_names(module: Any) -> Iterator[str]:
    for name, value in list(vars(module).items()):
        yield name
        yield repr(getattr(value, "class_", ""))


def _sync(url: str) -> Callable[..., Iterator[Any]]:
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session

    engine = create_engine(url)

    def other() -> Iterator[Any]:
        with Session(engine) as session:
            yield session

    return other


def _async(url: str) -> Callable[..., AsyncIterator[Any]]:
    from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

    engine = create_async_engine(url.replace("sqlite://", "sqlite+aiosqlite://", 1))

    async def other() -> AsyncIterator[Any]:
        async with AsyncSession(engine) as session:
            yield session

    return other
