"""Whom a batch is about: each customer's own manager, or the rule that excludes the customer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, select

from features.errors import RequestRefused
from serving.access.principal import Scope
from serving.customers.base import CustomerBase
from serving.customers.base.grammar import Search
from serving.customers.fields import FIELDS
from serving.database.tables import task_notes, tasks
from serving.managers.archive import Manager, known_managers
from serving.managers.manager_settings import ManagerSettings
from serving.managers.tasks import LIVE, Actor, Order, Task, check_text, new_task, task_of

ISSUE, REMIND = ACTIONS = ("issue", "remind")
MAX_CUSTOMERS = 1000  # of one batch
UNKNOWN, NO_MANAGER, UNKNOWN_MANAGER = "unknown", "no_manager", "unknown_manager"
NOT_SERVING, HAS_TASK, NO_TASK, REMINDED = "not_serving", "has_task", "no_task", "reminded"
RULES = (UNKNOWN, NO_MANAGER, UNKNOWN_MANAGER, NOT_SERVING, HAS_TASK, NO_TASK, REMINDED)


@dataclass(frozen=True)
class Action:
    """What is done for each: a task of this kind is issued, or a reminder noted on live tasks.

    `kind` of a reminder: of tasks of this kind alone; null of all.
    """

    action: str
    text: str
    kind: str | None = None
    due: date | None = None


@dataclass(frozen=True)
class Chosen:
    """The customers whom a search found at a night, each with the manager; ids not found apart."""

    as_of: str
    managers: Mapping[str, str | None]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The tasks that are issued, or reminded of, and by rule the customers who are excluded.

    `mark` is equal for the same plan: what is done is what was shown.
    """

    as_of: str
    action: Action
    tasks: tuple[Task, ...]
    excluded: Mapping[str, tuple[str, ...]]

    @property
    def mark(self) -> str:
        own = [[one.customer_id, one.manager_id, one.kind, f"{one.due}"] for one in self.tasks]
        rules = {rule: sorted(some) for rule, some in self.excluded.items()}
        content = [vars(self.action) | {"due": f"{self.action.due}"}, own, rules]
        return sha256(json.dumps(content).encode()).hexdigest()[:24]

    @property
    def by_manager(self) -> dict[str, int]:
        """How many tasks each manager has of it, the most first."""
        return dict(Counter(own.manager_id for own in self.tasks).most_common())


def chosen_by(base: CustomerBase, search: Search, scope: Scope, objectors: Sequence[str]) -> Chosen:
    """Whom the search finds. Raises RequestRefused (`invalid_request`) for too many, LakeError."""
    columns = FIELDS["customer_id"], FIELDS["manager_id"]
    wanted = Search(search.filters, columns=columns, limit=MAX_CUSTOMERS)
    found = base.search(wanted, scope, objectors)
    if found["count"] > MAX_CUSTOMERS:
        raise RequestRefused(
            "invalid_request",
            f"{found['count']:,} customers are found; expected at most {MAX_CUSTOMERS:,} at once. "
            "Filter further.",
        )
    managers = {own["customer_id"]: own["manager_id"] for own in found["customers"]}
    named = [
        f"{own}"
        for one in search.filters
        if one.field.name == "customer_id"
        for own in one.values or ()
    ]
    return Chosen(found["as_of"], managers, tuple(own for own in named if own not in managers))


def planned(
    connection: Connection, chosen: Chosen, action: Action, scope: Scope, actor: Actor,
    settings: ManagerSettings, now: datetime,
) -> Plan:  # fmt: skip
    """What the action would do now.

    Raises RequestRefused (`invalid_request`) for a kind, a day or a text that no task may have.
    """
    check_text("text", action.text)
    live = _live(connection, list(chosen.managers))
    if action.action == REMIND:
        return _reminding(connection, chosen, action, scope, live, now)
    _check_order(action, actor, settings, now)
    desks = {own.manager_id: own for own in known_managers(connection, scope)}
    has = {own.customer_id for own in live if own.kind == action.kind}
    made: list[Task] = []
    excluded: dict[str, list[str]] = {UNKNOWN: list(chosen.unknown)}
    for customer_id, manager_id in chosen.managers.items():
        rule = _rule(manager_id, desks, customer_id in has, now)
        if rule is not None:
            excluded.setdefault(rule, []).append(customer_id)
            continue
        order = Order(action.kind or "", action.text, customer_id, None, action.due)
        made.append(new_task(desks[manager_id or ""], order, actor, settings, now))
    return Plan(chosen.as_of, action, tuple(made), _filled(excluded))


def _rule(
    manager_id: str | None, desks: Mapping[str, Manager], has_task: bool, now: datetime
) -> str | None:
    """The first rule that excludes a customer of this manager; null where none does."""
    if manager_id is None:
        return NO_MANAGER
    if manager_id not in desks:
        return UNKNOWN_MANAGER
    if not desks[manager_id].serves(now.date()):
        return NOT_SERVING
    return HAS_TASK if has_task else None


def _reminding(
    connection: Connection, chosen: Chosen, action: Action, scope: Scope, live: Sequence[Task],
    now: datetime,
) -> Plan:  # fmt: skip
    """The live tasks about the customers, of managers within reach, not yet reminded of today."""
    desks = {own.manager_id for own in known_managers(connection, scope)}
    mine = [own for own in live if own.manager_id in desks and action.kind in (None, own.kind)]
    today = datetime.combine(now.date(), datetime.min.time())
    own = task_notes.c
    query = select(own.task_id).where(own.batch_id.is_not(None), own.at >= today)
    reminded = set(connection.execute(query).scalars())
    wanted = [one for one in mine if one.id not in reminded]
    with_task = {one.customer_id for one in mine}
    reached = {one.customer_id for one in wanted}
    excluded = {
        UNKNOWN: list(chosen.unknown),
        NO_TASK: [one for one in chosen.managers if one not in with_task],
        REMINDED: [one for one in chosen.managers if one in with_task and one not in reached],
    }
    return Plan(chosen.as_of, action, tuple(wanted), _filled(excluded))


def _live(connection: Connection, customers: Sequence[str]) -> list[Task]:
    """The tasks about these customers that have not ended, in the order of their ids."""
    own = tasks.c
    query = select(tasks).where(own.customer_id.in_(customers), own.state.in_(LIVE))
    return [task_of(row) for row in connection.execute(query.order_by(own.customer_id, own.id))]


def _check_order(action: Action, actor: Actor, settings: ManagerSettings, now: datetime) -> None:
    """As for one task, though none be issued."""
    anyone = Manager("-", "-", None, now.date(), None, "", now, actor.caller)
    order = Order(action.kind or "", action.text, "-", None, action.due)
    new_task(anyone, order, actor, settings, now)


def _filled(excluded: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    return dict(_some(excluded))


def _some(excluded: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for rule in RULES:
        own: Any = tuple(excluded.get(rule, ()))
        if own:
            yield rule, own
