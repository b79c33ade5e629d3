"""The benchmark runs: in its smallest form, with the graders that are here anyway."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")


@pytest.fixture
def run_module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`benchmarks/run.py`, whose folder is no package."""
    names = [path.stem for path in BENCHMARKS.glob("*.py")]
    for name in names:
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import run

    return run


@LINUX
def test_the_smallest_form_measures_everything(tmp_path: Path) -> None:
    """yielddb, plain pytest and the floor, each with the marks that the submissions deserve."""
    out = tmp_path / "figures.json"
    command = [sys.executable, BENCHMARKS / "run.py", "--quick", "--json", out]
    done = subprocess.run(
        [*command, "--only", "plain pytest"], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(out.read_text("utf-8"))
    assert figures["schema"] == "yielddb/benchmark/1"
    assert set(figures["batch"]) == {"yielddb", "yielddb, once warm", "plain pytest", "floor"}
    assert set(figures["one_check"]) == {"floor", "notebook", "watch"}
    assert figures["requests"] == 10
    assert "| to reach | aim | measured | |" in done.stdout


def test_wrong_marks_end_the_benchmark(run_module: ModuleType) -> None:
    """A peer that judges another exercise is not compared."""
    tools, measure = sys.modules["tools"], sys.modules["measure"]
    kind = tools.Tool("lenient", "pytest", 2, 2, "", lambda *_: (measure.Usage(1, 1), [5, 5]))
    with pytest.raises(SystemExit, match="lenient gave"):
        run_module.judged(kind, 2, Path())


def test_every_peer_has_its_requirements(run_module: ModuleType) -> None:
    """What `make bench` installs is pinned with hashes."""
    for tool in run_module.PEERS[1:]:
        name = tool.package.removesuffix("-grader")
        text = (BENCHMARKS / "requirements" / f"{name}.txt").read_text("utf-8")
        assert f"{tool.package}==" in text
        assert "--hash=sha256:" in text
