"""The wheel, in an environment of its own, outside of any clone."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

from yielddb.catalogue import default_course

pytestmark = pytest.mark.slow  # a minute to build and install; CI runs it

ROOT = Path(__file__).parents[1]
LESSONS = default_course().lessons


def run(*command: str | Path, cwd: Path, code: int = 0) -> str:
    """The output of a command that must end with `code`."""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this tree with its site."""
    if not (ROOT / "site" / "index.html").is_file():
        run(sys.executable, "-m", "yielddb", "dev", "site", cwd=ROOT)
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", out, ROOT, cwd=ROOT)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel and what it needs, nothing else; its `bin` folder."""
    folder = tmp_path_factory.mktemp("fresh")
    uv = Path(sys.executable).with_name("uv")
    run(uv, "venv", "--quiet", "--python", sys.executable, folder / "venv", cwd=folder)
    pins = re.sub(
        r" \\\n(    --hash=\S+( \\)?\n)+", "\n", (ROOT / "requirements/learn.txt").read_text()
    )
    (folder / "pins.txt").write_text(pins)
    python = folder / "venv" / "bin" / "python"
    run(
        uv,
        "pip",
        "install",
        "--quiet",
        "--python",
        python,
        "-c",
        folder / "pins.txt",
        wheel,
        cwd=folder,
    )
    return python.parent


def test_it_carries_the_whole_course(wheel: Path) -> None:
    """Texts, notebooks, solutions, checks and the site are inside; tests are not."""
    names = set(zipfile.ZipFile(wheel).namelist())
    for lesson in LESSONS:
        for part in (
            f"lessons/{lesson.stem}.md",
            f"notebooks/{lesson.stem}.ipynb",
            f"solutions/{lesson.stem}/main.py",
            f"checks/{lesson.stem}.py",
            f"site/en/lessons/{lesson.slug}/index.html",
        ):
            assert f"yielddb/course/{part}" in names
    assert not [name for name in names if name.startswith("tests/") or name.endswith(".db")]


@pytest.mark.skipif(sys.platform == "win32", reason="the paths of an environment differ there")
def test_a_learner_can_start_and_pass(installed: Path, tmp_path: Path) -> None:
    """start answers on both addresses; the starter fails, the solution passes."""
    yielddb = installed / "yielddb"
    server = subprocess.Popen(
        [yielddb, "start", "--no-browser"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout
        addresses: list[str] = []
        for line in server.stdout:
            addresses += re.findall(r"http://\S+", line)
            if len(addresses) == 2:
                break
        for address in addresses:
            with urllib.request.urlopen(address, timeout=30) as answer:
                assert answer.status == 200
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(30) == 0

    lesson = LESSONS[0]
    run(yielddb, "check", "1", cwd=tmp_path, code=1)
    app = tmp_path / "work" / lesson.stem / "main.py"
    solution = run(yielddb, "solution", "1", "--spoil", "--json", cwd=tmp_path)
    app.write_text(json.loads(solution)["files"]["main.py"], "utf-8")
    verdict = json.loads(run(yielddb, "check", "1", "--json", cwd=tmp_path))
    assert (verdict["schema"], verdict["status"]) == ("yielddb/verdict/1", "passed")
    assert shutil.which("yielddb", path=str(installed))
