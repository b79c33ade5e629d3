"""`yielddb start`: both servers answer, a second start finds them, and nothing is left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command import arguments, environment, yielddb

from yielddb.catalogue import Course


@pytest.fixture
def site(toy: Course) -> Course:
    """The toy course with a built site and a notebook."""
    toy.site_dir.mkdir()
    (toy.site_dir / "index.html").write_text("<p>жёлтый зонт", "utf-8")
    toy.notebooks_dir.mkdir(exist_ok=True)
    toy.find("hello").notebook.write_text(
        json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf-8"
    )
    return toy


@pytest.fixture
def begin(toy: Course, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Begin a start; whatever is left of it is killed at the end."""
    begun = []

    def begin(*words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            arguments(toy, "start", "--no-browser", *words),
            cwd=tmp_path,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=60)


def announced(process: subprocess.Popen[str]) -> str:
    """What it prints until both servers answer."""
    assert process.stdout
    text = ""
    for line in process.stdout:
        text += line
        if line.startswith("Ctrl-C"):
            return text
    raise AssertionError(f"it ended: {text}")


def gone(pattern: str) -> bool:
    """Whether no process has the pattern in its command line any more, within some seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        lines = []
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                lines.append(entry.read_bytes().decode("utf-8", "replace"))
            except OSError:
                continue
        if not any(pattern in line for line in lines):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_both_answer_and_nothing_stays(
    begin, site: Course, tmp_path: Path, number: signal.Signals
) -> None:
    """Both addresses work, a second start prints them, a signal ends all processes."""
    process = begin()
    text = announced(process)
    lab = re.search(r"JupyterLab  (\S+/lab/tree/notebooks/01_hello\.ipynb\?token=(\S+))", text)
    page = re.search(r"The site    (\S+)", text)
    assert lab
    assert page
    assert urllib.request.urlopen(lab[1], timeout=20).status == 200
    assert urllib.request.urlopen(page[1], timeout=20).read().decode() == "<p>жёлтый зонт"
    port = lab[1].split("/")[2]
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"http://{port}/api/contents", timeout=20)
    kernel = urllib.request.Request(f"http://{port}/api/kernels?token={lab[2]}", method="POST")
    started = json.loads(urllib.request.urlopen(kernel, timeout=20).read())

    second = yielddb(site, tmp_path, "start", "--no-browser")
    assert second.returncode == 0
    assert second.stdout.startswith(f"Running already, by process {process.pid}.\n")
    assert lab[1] in second.stdout

    process.send_signal(number)
    assert process.wait(60) == 0
    assert gone(f"kernel-{started['id']}")
    assert gone(f"root_dir={tmp_path}")
    assert not (tmp_path / "work" / ".yielddb" / "start.json").exists()


def test_stale_lock_is_ignored(begin, toy: Course, tmp_path: Path) -> None:
    """What a killed start left behind keeps nobody from starting; without a site it says how."""
    state = tmp_path / "work" / ".yielddb"
    state.mkdir(parents=True)
    (state / "start.lock").touch()
    record = {"pid": os.getpid(), "jupyter": "http://127.0.0.1:9/", "site": None, "work": "work"}
    (state / "start.json").write_text(json.dumps(record), "utf-8")
    process = begin("2")
    assert "Write work/02_count/main.py" in announced(process)
    process.terminate()
    _, err = process.communicate(timeout=60)
    assert err == "the site is not built, so only JupyterLab starts; in a clone: make site\n"


@pytest.mark.parametrize("option", ["--port", "--site-port"])
def test_port_in_use_is_one_message(site: Course, tmp_path: Path, option: str) -> None:
    """A taken port is named with the option that chooses another, and nothing is left running."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = yielddb(site, tmp_path, "start", "--no-browser", option, port)
    assert done.returncode == 2
    assert re.fullmatch(
        rf"yielddb: port {port} is taken or not allowed; choose another: {option} \d+\n",
        done.stderr,
    )
    assert gone(f"root_dir={tmp_path}")
