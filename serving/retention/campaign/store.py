"""Campaigns in the operational database: requested, running, ready, or failed; later revoked.

A request becomes a list in the background. The process that works on it says so every few seconds;
where it falls silent another one, or the same after a restart, takes the campaign over and begins
again. A list that is ready holds its customers, both arms, in the same transaction: of two lists
with the same customers at the same moment the database lets one in.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from sqlalchemy import Connection, and_, insert, or_, select, update

from features.errors import LakeError, RequestRefused
from features.home import Home
from serving.access.principal import EVERYWHERE, Scope
from serving.database.tables import campaigns
from serving.retention.drawing.arms import TREATED
from serving.retention.rules.holds import Member, hold, release
from serving.retention.selection.request import ListRequest, parsed

REQUESTED, RUNNING, READY, FAILED, REVOKED = "requested", "running", "ready", "failed", "revoked"
SILENT_SECONDS = 60  # after which another process takes a running campaign over
MAX_LISTED = 200
MEMBERS, PEOPLE, CURVE, SUMMARY = "members.parquet", "people.parquet", "curve.json", "summary.json"


@dataclass(frozen=True)
class Caller:
    """Who requests a list: the role whose fields its filters may name, the scope, and the id.

    Role and id are null on the command line, which takes the saved views of the list's owner.
    """

    role: str | None = None
    scope: Scope = EVERYWHERE
    id: str | None = None


ANYONE = Caller()


@dataclass(frozen=True)
class Campaign:
    """One campaign as the database has it. `request` and `result` are JSON that was read.

    `caller`: of what role and scope who requested it was then.
    """

    id: str
    state: str
    purpose: str
    owner: str
    requested_by: str
    caller: Caller
    request: Mapping[str, Any]
    created_at: datetime
    expires_at: datetime
    seed: int
    progress: float
    error: str | None
    result: Mapping[str, Any] | None
    revoked_at: datetime | None

    def to_json(self) -> dict[str, Any]:
        """As answers and `--json` show it."""
        own = {name: getattr(self, name) for name in self.__dataclass_fields__}
        del own["caller"]
        return {
            name: value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
            for name, value in own.items()
        }

    def wanted(self) -> ListRequest:
        """The request, as it was checked when it came."""
        return parsed(self.request, self.created_at)


def folder(home: Path, campaign_id: str) -> Path:
    """Where the files of the campaign's list lie."""
    return Home(home).lists / campaign_id


def treated(home: Path, campaign_id: str) -> list[str]:
    """Who is on the list to be contacted, in order. Raises LakeError where its files are gone."""
    path = folder(home, campaign_id) / MEMBERS
    if not path.is_file():
        raise LakeError(f"{path} is not there; the list was removed from the home")
    found = pq.read_table(path, columns=["customer_id"], filters=[("arm", "==", TREATED)])
    ids: list[str] = found["customer_id"].to_pylist()
    return ids


def read_curve(folder: Path) -> dict[str, Any]:
    """The budget curve of the list, as data. Raises LakeError where its files are gone."""
    try:
        found: dict[str, Any] = json.loads((folder / CURVE).read_text("utf-8"))
        return found
    except OSError as error:
        raise LakeError(f"the list's curve cannot be read: {error}") from error


def add(
    connection: Connection,
    request: ListRequest,
    requested_by: str,
    now: datetime,
    caller: Caller = ANYONE,
    campaign_id: str = "",
) -> str:
    """Keep a request; its campaign's id, which is any where none is named."""
    own = campaign_id or secrets.token_hex(16)
    kept = {"request": request.to_json(), "role": caller.role, "scope": caller.scope.limits}
    connection.execute(
        insert(campaigns).values(
            id=own, state=REQUESTED, purpose=request.purpose, owner=request.owner,
            requested_by=requested_by, request=json.dumps(kept, sort_keys=True),
            created_at=now, expires_at=datetime.combine(request.expires, datetime.min.time()),
            seed=request.seed, progress=0.0,
        )
    )  # fmt: skip
    return own


def campaign(connection: Connection, campaign_id: str, scope: Scope = EVERYWHERE) -> Campaign:
    """The campaign, to a caller of this scope.

    Raises RequestRefused (`unknown_campaign`), also for one of customers beyond the scope.
    """
    row = connection.execute(select(campaigns).where(campaigns.c.id == campaign_id)).first()
    found = None if row is None else _campaign(row)
    if found is None or not _may_see(scope, found):
        raise RequestRefused("unknown_campaign", "no campaign has this id; GET /lists has them")
    return found


def ready(connection: Connection, campaign_id: str, scope: Scope = EVERYWHERE) -> Campaign:
    """As `campaign`; raises RequestRefused (`conflict`) where no list is made, or it is revoked."""
    found = campaign(connection, campaign_id, scope)
    if found.state != READY:
        raise RequestRefused(
            "conflict", f"the list is {found.state}; only one that is ready is read"
        )
    return found


def is_kept(connection: Connection, campaign_id: str) -> bool:
    """Whether there is a campaign of this id."""
    query = select(campaigns.c.id).where(campaigns.c.id == campaign_id)
    return connection.execute(query).first() is not None


def is_seen(connection: Connection, campaign_id: str, scope: Scope) -> bool:
    """Whether a caller of this scope may know of the campaign."""
    row = connection.execute(select(campaigns).where(campaigns.c.id == campaign_id)).first()
    return row is not None and _may_see(scope, _campaign(row))


def latest(connection: Connection, scope: Scope = EVERYWHERE) -> list[Campaign]:
    """The latest campaigns that a caller of this scope may know of, the newest first."""
    found = (own for own in _newest_first(connection) if _may_see(scope, own))
    return list(islice(found, MAX_LISTED))


def _newest_first(connection: Connection) -> Iterator[Campaign]:
    """All campaigns, read a page at a time."""
    own = campaigns.c
    query = select(campaigns).order_by(own.created_at.desc(), own.id).limit(MAX_LISTED)
    rows = connection.execute(query).all()
    while rows:
        yield from map(_campaign, rows)
        last = rows[-1]
        same = and_(own.created_at == last.created_at, own.id > last.id)
        rows = connection.execute(query.where(or_(own.created_at < last.created_at, same))).all()


def _may_see(scope: Scope, found: Campaign) -> bool:
    """Whether all customers of the campaign are within the scope."""
    return scope.limits.items() <= found.caller.scope.limits.items()


def _campaign(row: Any) -> Campaign:
    names = Campaign.__dataclass_fields__
    values = {name: own for name, own in row._asdict().items() if name in names}
    kept = json.loads(values["request"])
    values["request"] = kept["request"]
    by = None if kept["role"] is None else values["requested_by"]
    values["caller"] = Caller(kept["role"], Scope(**kept["scope"]), by)
    values["result"] = None if values["result"] is None else json.loads(values["result"])
    return Campaign(**values)


def owner_name() -> str:
    """A name for a process that works on campaigns; none has it again, with the same number too."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"


def any_waits(connection: Connection, now: datetime) -> bool:
    """Whether any campaign waits to be worked on."""
    return (
        connection.execute(select(campaigns.c.id).where(_is_open(now)).limit(1)).first() is not None
    )


def _is_open(now: datetime) -> Any:
    own, silent = campaigns.c, now - timedelta(seconds=SILENT_SECONDS)
    return or_(own.state == REQUESTED, and_(own.state == RUNNING, own.task_beat < silent))


def take(connection: Connection, owner: str, now: datetime, attempts: int) -> str | None:
    """The next campaign to work on, which is this process's from now on; null without one.

    One that fell silent `attempts` times is given up instead.
    """
    own = campaigns.c
    query = select(own.id, own.attempts).where(_is_open(now)).order_by(own.created_at, own.id)
    for row in connection.execute(query.limit(8)).all():
        is_given_up = row.attempts >= attempts
        values = _given_up(row.attempts) if is_given_up else _begun(owner, row.attempts + 1)
        # Open still: who worked on it may have said so since, or another taken it.
        same = own.id == row.id, own.attempts == row.attempts, _is_open(now)
        changed = connection.execute(update(campaigns).where(*same).values(task_beat=now, **values))
        if changed.rowcount and not is_given_up:
            return str(row.id)
    return None


def take_this(connection: Connection, campaign_id: str, owner: str, now: datetime) -> None:
    """Take a campaign that was just requested, in the transaction that keeps it."""
    own = update(campaigns).where(campaigns.c.id == campaign_id)
    connection.execute(own.values(task_beat=now, **_begun(owner, 1)))


def _begun(owner: str, attempt: int) -> dict[str, Any]:
    return {"state": RUNNING, "task_owner": owner, "progress": 0.0, "attempts": attempt}


def _given_up(attempts: int) -> dict[str, Any]:
    error = (
        f"the process that makes the list died {attempts} times without saying why; it may need "
        "more memory than there is. See the log of the service, then request a smaller list."
    )
    return {"state": FAILED, "error": error}


def let_go(
    connection: Connection, owner: str, now: datetime, attempts: int, *, died: bool
) -> list[str]:
    """The process `owner` has ended: what it worked on waits again; the ids.

    It `died`: that counts, and after so many `attempts` the campaign is given up. Else it was
    stopped with the service, and its attempt does not count.
    """
    own = campaigns.c
    is_its = own.state == RUNNING, own.task_owner == owner
    found = connection.execute(select(own.id, own.attempts).where(*is_its)).all()
    for row in found:
        values = {"state": REQUESTED, "attempts": row.attempts - (not died)}
        if died and row.attempts >= attempts:
            values = _given_up(row.attempts)
        connection.execute(
            update(campaigns).where(own.id == row.id, *is_its).values(task_beat=now, **values)
        )
    return [row.id for row in found]


def beat(
    connection: Connection, campaign_id: str, owner: str, progress: float, now: datetime
) -> bool:
    """Say that it is worked on; false where it is not this process's any more."""
    own = campaigns.c
    changed = connection.execute(
        update(campaigns)
        .where(own.id == campaign_id, own.state == RUNNING, own.task_owner == owner)
        .values(progress=progress, task_beat=now)
    )
    return bool(changed.rowcount)


def finish(
    connection: Connection,
    campaign_id: str,
    owner: str,
    members: Sequence[Member],
    until: datetime,
    result: Mapping[str, Any],
    now: datetime,
) -> None:
    """The list is ready: hold its members and keep what is said of it, in this transaction.

    Raises RequestRefused: `held_elsewhere` where another list took one of them meanwhile,
    `conflict` where the campaign is not this process's any more. Then nothing is changed.
    """
    hold(connection, campaign_id, members, until, now)
    values = {
        "state": READY, "progress": 1.0, "result": json.dumps(dict(result), ensure_ascii=False),
        "error": None, "task_beat": now,
    }  # fmt: skip
    own = campaigns.c
    changed = connection.execute(
        update(campaigns)
        .where(own.id == campaign_id, own.state == RUNNING, own.task_owner == owner)
        .values(values)
    )
    if not changed.rowcount:
        raise taken_over()


def taken_over() -> RequestRefused:
    return RequestRefused("conflict", "the campaign was taken over or revoked meanwhile")


def fail(connection: Connection, campaign_id: str, owner: str, error: str, now: datetime) -> bool:
    """No list comes of it, and why; false where it is not this process's any more."""
    own = campaigns.c
    changed = connection.execute(
        update(campaigns)
        .where(own.id == campaign_id, own.state == RUNNING, own.task_owner == owner)
        .values(state=FAILED, error=error, task_beat=now)
    )
    return bool(changed.rowcount)


def revoke(connection: Connection, campaign_id: str, now: datetime) -> int:
    """End the campaign and its holds; how many customers it held.

    Raises RequestRefused: `unknown_campaign`, `conflict` where it is revoked already.
    """
    campaign(connection, campaign_id)
    changed = connection.execute(
        update(campaigns)
        .where(campaigns.c.id == campaign_id, campaigns.c.state != REVOKED)
        .values(state=REVOKED, revoked_at=now)
    )
    if not changed.rowcount:
        raise RequestRefused("conflict", "the campaign is revoked already")
    return release(connection, campaign_id, now)
