"""Attaches to the judge as a debugger."""

from tools import JUDGE, app, attempt, call

__all__ = ["app"]

ATTACH, SEIZE = 16, 0x4206
attempt("attach", lambda: call("ptrace", ATTACH, JUDGE, 0, 0))
attempt("seize", lambda: call("ptrace", SEIZE, JUDGE, 0, 0))
attempt("me", lambda: call("ptrace", 0, 0, 0, 0))
