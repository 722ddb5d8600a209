"""Which managers, customers, groups and tasks a caller reaches.

A task is reached by who reaches its manager. One about a customer who is by now another's is as
unknown as one that is not there; who has left the network is not another's, so that their task can
be ended.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection

from features.errors import RequestRefused, UnknownCustomers
from serving.access.principal import EVERYWHERE, Scope
from serving.customers.base import CustomerBase
from serving.managers.archive import find_manager, known_managers
from serving.managers.tasks import Task, unknown_task
from serving.scores.latest import customers_among


def managers_within(connection: Connection, scope: Scope) -> list[str] | None:
    """The ids of the managers whom the scope allows; null where it limits nothing."""
    if not scope.limits:
        return None
    return [own.manager_id for own in known_managers(connection, scope)]


def check_reach(connection: Connection, home: Path, task: Task, scope: Scope) -> None:
    """Raises RequestRefused (`unknown_task`) where the task is not within reach.

    Raises LakeError where the scope limits and last night's rows cannot be read.
    """
    try:
        find_manager(connection, task.manager_id, scope)
    except RequestRefused as error:
        raise unknown_task() from error
    if not without_others(home, [task], scope):
        raise unknown_task()


def without_others(home: Path, tasks: Iterable[Task], scope: Scope) -> list[Task]:
    """Those of the tasks that are not about another's customer. Raises as `check_reach`."""
    found = list(tasks)
    ids = sorted({own.customer_id for own in found if own.customer_id is not None})
    if not scope.limits or not ids:
        return found
    others = customers_among(home, ids) - customers_among(home, ids, scope)
    return [own for own in found if own.customer_id not in others]


def check_customer(home: Path, customer_id: str) -> None:
    """Raises UnknownCustomers for who is not in the network, LakeError without a night."""
    if not customers_among(home, [customer_id]):
        raise UnknownCustomers(
            f"{customer_id} is not in the network at the last night, or the id is wrong.",
            customer_ids=[customer_id],
        )


def check_group(home: Path, group_id: str, scope: Scope = EVERYWHERE) -> None:
    """Raises UnknownCustomers for a group of which the scope has no member, LakeError."""
    if not CustomerBase(home).members(group_id, scope):
        raise UnknownCustomers("no customer is in this group, or the id is wrong.", customer_ids=[])
