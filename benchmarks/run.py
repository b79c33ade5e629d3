"""Measures yielddb beside other graders and the floor, in turns, on the same exercise.

    python benchmarks/run.py [--quick] [--rounds N] [--json FILE] [--only NAME ...]

Ends with an error where a grader's marks are not what the submissions deserve.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import exercise
import floor
import install
import one_check
import tools
from measure import Usage
from table import markdown
from tools import OURS, PEERS, Tool

QUICK_CHECKS, CHECKS = 2, 40


def judged(tool: Tool, count: int, binaries: Path) -> Usage:
    """One measurement of a tool on fresh copies; wrong marks end the benchmark."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        used, marks = tool.grade(Path(scratch), count, binaries)
    if marks != exercise.expected(count):
        wrong = f"{tool.name} gave {marks}, not {exercise.expected(count)}"
        raise SystemExit(f"{wrong}: the exercise is not the same for all")
    return used


def batches(chosen: list[Tool], quick: bool, rounds: int) -> dict[str, Any]:
    """Medians per submission of every tool, and of the floor, measured in turns."""
    install.compile_own()
    where = {t.name: install.binaries(t.package) for t in chosen if t is not PEERS[0]}
    where |= {OURS.name: tools.HERE, PEERS[0].name: tools.HERE}
    counts = {t.name: t.quick if quick else t.sample for t in [OURS, *chosen]}
    few = max(2, counts[OURS.name] // 5)  # to tell the start from what each submission costs
    seen: dict[str, list[Usage]] = {name: [] for name in [*counts, "few", "floor"]}
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        requests = Path(scratch) / "requests.json"
        number = exercise.record_requests(requests)
        students = exercise.hand_in(Path(scratch) / "class", counts[OURS.name])
        right = [one for place, one in enumerate(students) if place % exercise.WRONG_EVERY]
        for turn in range(rounds):
            print(f"round {turn + 1} of {rounds}", file=sys.stderr, flush=True)
            for tool in [OURS, *chosen]:
                seen[tool.name].append(judged(tool, counts[tool.name], where[tool.name]))
            seen["few"].append(judged(OURS, few, tools.HERE))
            seen["floor"].append(floor.batch(requests, right, os.cpu_count() or 1))
    figures = {
        name: {"submissions": counts[name], **_per(seen[name], counts[name])} for name in counts
    }
    hot = [
        Usage(many.wall - start.wall, many.cpu - start.cpu)
        for many, start in zip(seen[OURS.name], seen["few"], strict=True)
    ]
    figures["yielddb, once warm"] = {
        "submissions": counts[OURS.name] - few,
        **_per(hot, counts[OURS.name] - few),
    }
    figures["floor"] = {"submissions": len(right), **_per(seen["floor"], len(right))}
    versions = {t.name: install.version(where[t.name], t.package) for t in [OURS, *chosen]}
    return {"requests": number, "batch": figures, "versions": versions}


def _per(measured: list[Usage], count: int) -> dict[str, float]:
    return {
        "cpu_ms": round(statistics.median(one.cpu for one in measured) / count * 1000, 1),
        "wall_ms": round(statistics.median(one.wall for one in measured) / count * 1000, 1),
    }


def one(quick: bool) -> dict[str, Any]:
    """Medians and 90th percentiles of one check, and the memory of an app in flight."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        folder = Path(scratch)
        requests = folder / "requests.json"
        exercise.record_requests(requests)
        times = one_check.latency(folder, requests, QUICK_CHECKS if quick else CHECKS)
    figures = {
        name: {
            "median_ms": round(statistics.median(some) * 1000, 1),
            "p90_ms": round(sorted(some)[int(len(some) * 0.9)] * 1000, 1),
        }
        for name, some in times.items()
    }
    return {"one_check": figures, "memory_mib": round(one_check.memory(), 1)}


def main() -> None:
    """Measure, print a table in Markdown, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it runs")
    parser.add_argument("--rounds", type=int, help="3, or 1 with --quick")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    names = [tool.name for tool in PEERS]
    parser.add_argument("--only", nargs="*", choices=names, default=names, help="fewer peers")
    options = parser.parse_args()
    chosen = [tool for tool in PEERS if tool.name in options.only]
    rounds = options.rounds or (1 if options.quick else 3)
    figures = {
        "schema": "yielddb/benchmark/1",
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
        },
        "rounds": rounds,
        **batches(chosen, options.quick, rounds),
        **one(options.quick),
    }
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    print(markdown(figures))


if __name__ == "__main__":
    main()
