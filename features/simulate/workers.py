"""Blocks lived in processes of their own, as many at a time as there are cores.

Processes are spawned, not forked, so that threads of the caller do no harm. A script that
simulates more than one block needs the usual `if __name__ == "__main__":` around its call.
"""

from __future__ import annotations

import queue
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from features.disk.stopping import signals_for_parent_only
from features.errors import OutputError
from features.progress import Progress
from features.settings import HoldoutSettings
from features.simulate.block import live
from features.simulate.task import Lived, Task
from features.simulate.world import World
from features.simulate.world.cities import CityPast

STEP = "simulating weeks"
LOOK_SECONDS = 0.2


def live_all(
    folder: Path,
    tasks: list[Task],
    cities: CityPast,
    holdout: HoldoutSettings,
    world: World,
    workers: int,
    progress: Progress,
) -> list[Lived]:
    """Lives every block, with one worker in this process; what became of each, in their order.

    Progress counts weeks over all blocks. The first failure ends the others and is raised.
    """
    total = sum(task.weeks for task in tasks)
    progress(STEP, 0, total)
    if min(workers, len(tasks)) == 1:
        done = 0

        def report() -> None:
            nonlocal done
            done += 1
            progress(STEP, done, total)

        return [live(folder, task, cities, holdout, world, report) for task in tasks]
    return _live_apart(folder, tasks, cities, holdout, world, workers, progress)


def _live_apart(
    folder: Path,
    tasks: list[Task],
    cities: CityPast,
    holdout: HoldoutSettings,
    world: World,
    workers: int,
    progress: Progress,
) -> list[Lived]:
    total, done = sum(task.weeks for task in tasks), 0
    context = get_context("spawn")
    ticks = context.Queue()
    pool = ProcessPoolExecutor(
        min(workers, len(tasks)), mp_context=context, initializer=_begin, initargs=(ticks,)
    )
    try:
        with signals_for_parent_only():  # processes are started as tasks are submitted
            pending = [pool.submit(_live, folder, task, cities, holdout, world) for task in tasks]
        waiting = set(pending)
        while waiting:
            finished, waiting = wait(waiting, LOOK_SECONDS, FIRST_EXCEPTION)
            for future in finished:
                future.result()
            ticked = _count(ticks)
            if ticked:
                done += ticked
                progress(STEP, done, total)
        if done < total:
            progress(STEP, total, total)
        return [future.result() for future in pending]
    except BrokenProcessPool as error:
        raise OutputError(
            "a worker of the simulation was ended from outside, most likely for want of memory. "
            "Nothing was written; free some memory or simulate fewer customers at a time.",
        ) from error
    finally:
        _end(pool)
        ticks.close()
        ticks.join_thread()


def _end(pool: ProcessPoolExecutor) -> None:
    """Ends the pool at once: after a failure the other blocks are not waited for."""
    running = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in running:
        process.kill()
    for process in running:
        process.join()


def _count(ticks: Any) -> int:
    count = 0
    try:
        while True:
            ticks.get_nowait()
            count += 1
    except queue.Empty:
        return count


_report: Callable[[], None]


def _begin(ticks: Any) -> None:
    global _report

    def report() -> None:
        ticks.put(1)

    _report = report


def _live(
    folder: Path, task: Task, cities: CityPast, holdout: HoldoutSettings, world: World
) -> Lived:
    return live(folder, task, cities, holdout, world, _report)
