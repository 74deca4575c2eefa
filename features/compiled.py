"""The one place where numba is named: kernels are compiled once and kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a kernel over integer arrays to machine code, without the interpreter lock."""
    return cast(F, numba.njit(cache=True, nogil=True)(function))
