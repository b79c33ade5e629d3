"""One JupyterLab as a child process on a loopback port, with a token of its own."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

from yielddb.terminal.ports import HOST, free_port
from yielddb.workspace.complaint import Complaint
from yielddb.workspace.folder import VARIABLE

STOP_S = 10.0  # JupyterLab ends its kernels first
TRIES = 3  # a free port may be taken before JupyterLab binds it
LOG_TAIL = 5  # lines of its log that are shown when it did not come up


class Jupyter:
    """Runs inside a `with` block; `page` is the notebook that the address leads to."""

    def __init__(self, root: Path, log: Path, port: int | None, page: str | None) -> None:
        self.root = root.resolve()
        self.log = log
        self.page = page
        self._fixed = port
        self._token = secrets.token_urlsafe(24)
        self._tries = 0
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def probe(self) -> str:
        """An address that answers without the token as soon as the server is up."""
        return f"http://{HOST}:{self.port}/api"

    @property
    def address(self) -> str:
        """What a browser opens, token included."""
        page = f"/tree/{self.page}" if self.page else ""
        return f"http://{HOST}:{self.port}/lab{page}?token={self._token}"

    def __enter__(self) -> Self:
        self._spawn()
        return self

    def __exit__(self, *_: object) -> None:
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._kill(process)
        process.wait()

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def revive(self) -> None:
        """Start again while it is coming up and has lost its port to somebody; else complain."""
        if self.alive:
            return
        if self._fixed is None and self._tries < TRIES:
            self._spawn()
            return
        tail = self.log.read_text("utf-8", "replace").strip().splitlines()[-LOG_TAIL:]
        raise Complaint("\n  ".join([f"JupyterLab did not start; {self.log} ends with:", *tail]))

    def _spawn(self) -> None:
        self._tries += 1
        self.port = self._fixed or free_port()
        environment = {
            **os.environ,
            "JUPYTER_TOKEN": self._token,  # not an argument: any user may list those
            "JUPYTER_PREFER_ENV_PATH": "1",  # the kernel of this environment, not of the home
            VARIABLE: str(self.root),
        }
        with self.log.open("wb") as log:
            # a session of its own: Ctrl-C reaches us alone, and we end it in order
            self._process = subprocess.Popen(
                self._command(),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _command(self) -> list[str]:
        never = "jupyterlab.handlers.announcements.NeverCheckForUpdate"
        options = [
            "--no-browser",
            f"--ServerApp.ip={HOST}",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            f"--ServerApp.root_dir={self.root}",
            f"--LabApp.check_for_updates_class={never}",
            "--LabApp.news_url=None",  # nor asks whether it may fetch news
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            options.append("--allow-root")  # containers; the token and the loopback stay
        return [sys.executable, "-m", "jupyterlab", *options]

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
