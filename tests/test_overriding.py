"""An override reaches what the app's routes ask for, with a session of the app's own kind."""

from __future__ import annotations

import functools
import socket
import types
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from sqlalchemy.orm import Session
from starlette.middleware.gzip import GZipMiddleware

from yielddb.sandbox.child import Child
from yielddb.sandbox.overriding import override
from yielddb.sandbox.probe import Probe


class OwnSession(Session):
    """What an app may have in place of a plain session."""


def named(name: str) -> Any:
    """A dependency with this name, unlike any other."""

    def dependency() -> None: ...

    dependency.__name__ = name
    return dependency


def overridden(app: Any, name: str = "get_db", make: Any = None, **inside: Any) -> dict[str, Any]:
    """What an override says; `inside` is what the app's module has."""
    module = types.SimpleNamespace(**inside)
    return override(app, module, str(Path("/nowhere")), name, "sqlite://", make)


def test_all_of_that_name_that_routes_ask_for() -> None:
    """Of the app, of its routers, and of other dependencies."""
    direct, routed, deep, other = named("get_db"), named("get_db"), named("get_db"), named("user")

    def item(db: Any = Depends(deep)) -> None: ...

    app, router = FastAPI(), APIRouter()
    app.get("/a", dependencies=[Depends(direct), Depends(other)])(lambda: None)
    router.get("/b", dependencies=[Depends(routed), Depends(item)])(lambda: None)
    app.include_router(router)
    assert overridden(app) == {"error": None}
    assert set(app.dependency_overrides) == {direct, routed, deep}


def test_a_session_of_the_same_kind() -> None:
    """Its class and its habits."""
    get_db = named("get_db")
    app = FastAPI()
    make = functools.partial(OwnSession, expire_on_commit=False)
    assert overridden(app, make=make, get_db=get_db) == {"error": None}
    session = next(app.dependency_overrides[get_db]())
    assert (type(session), session.expire_on_commit) == (OwnSession, False)


@pytest.mark.parametrize(
    ("app", "says"),
    [
        (FastAPI(), "there is no function called get_db"),
        (
            GZipMiddleware(FastAPI()),
            "app is wrapped: a GZipMiddleware, which has no dependency_overrides",
        ),
    ],
    ids=["none", "wrapped"],
)
def test_says_what_is_in_the_way(app: Any, says: str) -> None:
    """In words that a learner reads."""
    assert overridden(app)["error"] == says


def test_an_app_that_gets_in_the_way_of_a_question() -> None:
    """The judge hears of it, and need not wait for nothing."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        child = Child(theirs, Probe())
        child.app = object()
        answer = child.answered({"ask": "clear overrides", "id": 1})
    assert answer["error"].startswith("AttributeError: 'object' object has no attribute")
