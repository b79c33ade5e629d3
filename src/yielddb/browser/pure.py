"""Imports what of a page's front is pure Python: all that can be kept as a copy of memory."""

from __future__ import annotations

import importlib
import sys

COMPILED = "pydantic_core"  # a copy with a compiled package in it can't be taken up again
MODULES = (
    "annotated_types",
    "difflib",
    "html",
    "http.cookies",
    "opentelemetry._logs",
    "opentelemetry.metrics",
    "opentelemetry.propagate",
    "opentelemetry.trace",
    "sqlalchemy.dialects.sqlite",
    "sqlalchemy.ext.declarative",
    "sqlalchemy.orm",
    "starlette.applications",
    "starlette.middleware.base",
    "starlette.staticfiles",
    "starlette.websockets",
    "unittest",
    "yielddb.browser.connecting",
    "yielddb.browser.pool",
    "yielddb.judging.checkfile",
    "yielddb.tracing.recording",
    "zoneinfo",
)

for name in MODULES:
    importlib.import_module(name)
if COMPILED in sys.modules:
    raise ImportError(f"{COMPILED} came along: only pure Python may be imported here")
