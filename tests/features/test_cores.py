"""The cores that this process may use."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from features.cores import cores


def test_a_process_that_is_kept_to_one_core_has_one() -> None:
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("this system does not keep processes to cores")
    script = "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]); "
    script += "from features.cores import cores; print(cores())"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "1\n"


def test_there_is_always_one() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)
