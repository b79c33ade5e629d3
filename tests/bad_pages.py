"""Apps that a page must survive: text -> what a check says of each, and the log of some."""

from __future__ import annotations

HEAD = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n"
ROUTE = HEAD + '@app.get("/health")\ndef health():\n    {line}\n    return {{"status": "ok"}}\n'
SERVER = "needs a real server"
# a page counts in 32 bits: what a long integer asks for there is another error
MEMORY = "import sys\nbytearray((1 << 31) - 1 if sys.maxsize < 1 << 32 else 1 << 45)\n"

# name -> (main.py, status of the first check that did not pass, a part of what it says)
BAD: dict[str, tuple[str, str, str]] = {
    "syntax error": ("def app(:\n", "failed", "main.py line 1: invalid syntax"),
    "empty": ("", "failed", "there is no object called app"),
    "input": ("input('name? ')\n", "failed", "EOFError: EOF when reading a line"),
    "thread": ("import threading\nthreading.Thread(target=print).start()\n", "skipped", SERVER),
    "process": ("import subprocess\nsubprocess.run(['ls'])\n", "skipped", SERVER),
    "shell": ("import os\nos.system('ls')\n", "skipped", SERVER),
    "socket": ("import socket\nsocket.socket()\n", "skipped", SERVER),
    "another machine": (
        "import socket\nsocket.create_connection(('example.org', 80))\n",
        "skipped",
        SERVER,
    ),
    "asyncio extension": (
        "from sqlalchemy.ext.asyncio import create_async_engine\n",
        "skipped",
        SERVER,
    ),
    "missing": ("import pandas\n", "failed", "ModuleNotFoundError: No module named 'pandas'"),
    "uvicorn": ("import uvicorn\nuvicorn.run('x')\n", "failed", "starts a server"),
    "recursion": ("def f():\n    f()\n\n\nf()\n", "failed", "RecursionError"),
    "memory": (MEMORY, "failed", "needs more than 1024 MiB of memory"),
    "output": ("while True:\n    print('x' * 1000)\n", "failed", "OSError: File too large"),
    "exit": ("raise SystemExit(2)\n", "failed", "ends the program with exit code 2"),
    "end": ("import os\nos._exit(3)\n", "error", "ended its own process (exit code 3)"),
    "large": (f"x = {'x' * 1_000_000!r}\n", "failed", "there is no object called app"),
    "long": ("# a long comment\n" * 60_000, "failed", "there is no object called app"),
}
