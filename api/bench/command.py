"""Commands of `tamga` run as a user would, with the time of each stage and the peak memory of the process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds in all and by stage (a stage begins when the command names it), peak memory in MB."""

    seconds: float
    stages: tuple[tuple[str, float], ...]
    peak_mb: float


def tamga(name: str, options: Sequence[str], work: Path) -> Spent:
    """Run `tamga NAME OPTIONS` in the working folder; its words pass through.

    Raises CalledProcessError if the command fails.
    """
    return child(["-m", "api.cli", name, *options], work)


def child(arguments: Sequence[str], work: Path) -> Spent:
    """The same for any Python module of the project: `["-m", "api.bench.bulk", ...]`."""
    environment = os.environ | {"TAMGA_VAR_DIR": str(work / "var"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *arguments]
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=work, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None, "asked for above"
        marks = [("start", began)]
        for line in process.stderr:
            print(f"  {line.rstrip()}", flush=True)
            if line.rstrip().endswith("..."):
                marks.append((line.strip().removesuffix("...").strip(), time.perf_counter()))
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    ended = time.perf_counter()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    ends = [moment for _, moment in marks[1:]] + [ended]
    stages = tuple((stage, end - start) for (stage, start), end in zip(marks, ends, strict=True))
    return Spent(ended - began, stages, used.ru_maxrss / 1024)


def say(title: str, spent: Spent) -> None:
    """One line for the whole and one for its stages."""
    print(f"{title}: {spent.seconds:.1f} s, peak memory {spent.peak_mb:.0f} MB", flush=True)
    print("  " + ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in spent.stages), flush=True)
