"""Heavy work beside the others: its result, its error, and that it stands back."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from screening.aside import NICENESS, aside


def test_the_result_comes_back_and_errors_are_raised_here() -> None:
    assert aside(lambda: threading.current_thread().name) == "aside"
    with pytest.raises(ZeroDivisionError):
        aside(lambda: 1 / 0)


@pytest.mark.skipif(sys.platform != "linux", reason="only there a thread has a niceness of its own")
def test_only_its_own_thread_and_those_it_starts_stand_back() -> None:
    def with_another() -> tuple[int, int]:
        found: list[int] = []
        inner = threading.Thread(target=lambda: found.append(os.nice(0)))
        inner.start()
        inner.join()
        return os.nice(0), found[0]

    before = os.nice(0)
    assert aside(with_another) == (min(19, before + NICENESS),) * 2
    assert os.nice(0) == before
