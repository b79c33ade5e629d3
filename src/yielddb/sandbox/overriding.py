"""Makes a dependency of the app yield a session on another database, as a test of the app would."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

Make = Callable[..., Any]  # makes a session on an engine, as the app's own sessions are


def override(
    app: Any, module: Any, folder: str, name: str, url: str, make: Make | None
) -> dict[str, Any]:
    """Register an override for the dependency called `name`; the answer has `error` if it can't.

    `make` is how the app's last session was made, None where there was none yet.
    """
    if not hasattr(app, "dependency_overrides"):
        kind = type(app).__name__
        return {"error": f"app is wrapped: a {kind}, which has no dependency_overrides"}
    found = _asked_for(app, name) or _named(module, folder, name)
    if not found:
        return {"error": f"there is no function called {name}"}
    for dependency in found:
        app.dependency_overrides[dependency] = _other(dependency, module, url, make)
    return {"error": None}


def _asked_for(app: Any, name: str) -> list[Make]:
    """The dependencies of that name that routes ask for."""
    found: list[Make] = []
    routes = list(app.routes)
    while routes:
        route = routes.pop()
        if included := getattr(route, "original_router", None):  # FastAPI 0.137 and later
            routes += included.routes
        dependants = [getattr(route, "dependant", None)]
        while dependants:
            if (dependant := dependants.pop()) is None:
                continue
            dependants += dependant.dependencies
            if getattr(dependant.call, "__name__", None) == name and dependant.call not in found:
                found.append(dependant.call)
    return found


def _named(module: Any, folder: str, name: str) -> list[Make]:
    """The object called `name` in the app's module, else in another module of its folder."""
    root = folder.rstrip(os.sep) + os.sep
    others = [m for m in list(sys.modules.values()) if _file_of(m).startswith(root)]
    for candidate in (module, *others):
        found = getattr(candidate, name, None)
        if callable(found):
            return [found]
    return []


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


def _other(dependency: Make, module: Any, url: str, make: Make | None) -> Make:
    """What yields a session of the app's kind on the database at `url`."""
    is_async = any(
        kind(target)
        for target in (dependency, getattr(dependency, "__call__", None))  # noqa: B004
        for kind in (inspect.isasyncgenfunction, inspect.iscoroutinefunction)
    )
    made = getattr(make, "func", None)
    gives_async = hasattr(made, "run_sync") or (
        made is None and is_async and _gives_async_session(dependency, module)
    )
    return _async(url, make) if gives_async else _sync(url, make)


def _sync(url: str, make: Make | None) -> Callable[..., Iterator[Any]]:
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session

    engine = create_engine(url)

    def other() -> Iterator[Any]:
        with (make or Session)(engine) as session:
            yield session

    return other


def _async(url: str, make: Make | None) -> Callable[..., AsyncIterator[Any]]:
    from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

    engine = create_async_engine(url.replace("sqlite://", "sqlite+aiosqlite://", 1))

    async def other() -> AsyncIterator[Any]:
        async with (make or AsyncSession)(engine) as session:
            yield session

    return other
