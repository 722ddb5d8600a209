"""Functions compiled to machine code by Numba, kept on disk where there is a place for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit
from numba.extending import intrinsic

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """`function` compiled at its first call, once a machine; it releases the GIL.

    The machine code is kept beside the source file, else in the user's cache folder
    (NUMBA_CACHE_DIR names another). Where none can be written, each process compiles again,
    which takes some seconds.
    """
    try:
        jitted: Function = njit(nogil=True, cache=True)(function)
    except RuntimeError:  # Numba: no place to keep it
        jitted = njit(nogil=True)(function)
    return jitted


def written(instructions: Callable[..., Any]) -> Callable[..., None]:
    """A function whose machine instructions `instructions` writes itself (Numba's intrinsic)."""
    function: Callable[..., None] = intrinsic(instructions)
    return function
