"""Errors of the office, and their statuses."""

from fastapi import Request
from fastapi.responses import JSONResponse


class Taken(Exception):
    """Somebody has this already."""


class Missing(Exception):
    """There is no such row."""


def taken(request: Request, error: Taken):
    return JSONResponse({"detail": str(error)}, status_code=409)


def missing(request: Request, error: Missing):
    return JSONResponse({"detail": str(error)}, status_code=404)
