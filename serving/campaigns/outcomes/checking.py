"""The rows of a file of outcomes, held against the campaigns that they name.

What contradicts a campaign refuses the file as a whole; a row about a customer who is not on the
list is quarantined, and one about a control customer is kept: they crossed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from features.errors import ImportRefused, RequestRefused
from serving.campaigns.outcomes.file import BadLine, Line, OutcomeFile
from serving.database.tables import campaigns, holds
from serving.retention.campaign import store
from serving.retention.rules.holds import Member

MAX_LISTED = 10
SAME_SHARE = 1e-6
NOT_ON_THE_LIST = "the customer is not on the campaign's list"


@dataclass(frozen=True)
class Drawn:
    """A campaign whose list was made: when, and who was drawn into which arm."""

    id: str
    launched_at: datetime
    members: Mapping[str, Member]


def drawn(connection: Connection, campaign_id: str) -> Drawn:
    """The campaign's draw, as its holds keep it.

    Raises RequestRefused: `unknown_campaign`, `conflict` where no list was made.
    """
    found = store.campaign(connection, campaign_id)
    if found.result is None:
        raise RequestRefused(
            "conflict", f"the campaign is {found.state}: it has no list that was drawn"
        )
    query = select(holds.c.customer_id, holds.c.arm, holds.c.propensity, holds.c.held_at)
    rows = connection.execute(query.where(holds.c.campaign_id == campaign_id)).all()
    members = {row.customer_id: Member(row.customer_id, row.arm, row.propensity) for row in rows}
    launched_at = min((row.held_at for row in rows), default=found.created_at)
    return Drawn(campaign_id, launched_at, members)


@dataclass(frozen=True)
class Checked:
    """The rows that may be recorded, each with its campaign, and those quarantined."""

    lines: tuple[Line, ...]
    bad: tuple[BadLine, ...]
    campaigns: Mapping[str, Drawn]

    def member(self, line: Line) -> Member:
        """The draw of the row's customer."""
        return self.campaigns[line.campaign_id].members[line.customer_id]


def check_lines(connection: Connection, found: OutcomeFile) -> Checked:
    """Raises ImportRefused, with the first lines at fault, for what contradicts a campaign."""
    named = {line.campaign_id for line in found.lines}
    known = {own: drawn(connection, own) for own in sorted(_made(connection, named))}
    refuse(found.name, _faults(found.lines, known))
    on_list = [line for line in found.lines if line.customer_id in known[line.campaign_id].members]
    kept = {line.number for line in on_list}
    others = [line for line in found.lines if line.number not in kept]
    bad = (*found.bad, *(BadLine(one.number, NOT_ON_THE_LIST, _row(one)) for one in others))
    return Checked(tuple(on_list), bad, known)


def _made(connection: Connection, named: Iterable[str]) -> set[str]:
    """Those of these campaigns whose list was made."""
    own = campaigns.c
    query = select(own.id).where(own.id.in_(sorted(named)), own.result.is_not(None))
    return set(connection.execute(query).scalars())


def _faults(lines: Iterable[Line], known: Mapping[str, Drawn]) -> Iterator[str]:
    for line in lines:
        fault = _fault(line, known.get(line.campaign_id))
        if fault:
            yield f"line {line.number}: {fault}"


def _fault(line: Line, campaign: Drawn | None) -> str:
    if campaign is None:
        return f"no campaign with a list has the id {line.campaign_id}; `liuke list all` has them"
    if line.at < campaign.launched_at.replace(second=0, microsecond=0):  # as files write moments
        return f"at is before the campaign's start on {campaign.launched_at:%F %H:%M}"
    share = line.propensity
    if share is None:
        return ""
    if not 0 < share < 1:
        return f"propensity is {share:g}; expected above 0 and below 1, the chance of contact"
    member = campaign.members.get(line.customer_id)
    recorded = None if member is None else member.propensity
    if recorded is not None and abs(recorded - share) > SAME_SHARE:
        return f"propensity is {share:g}; the draw's was {recorded:g}"
    return ""


def refuse(name: str, faults: Iterable[str]) -> None:
    """Raises ImportRefused with the first of these faults, if there are any."""
    found: list[str] = []
    for fault in faults:
        found.append(fault)
        if len(found) > MAX_LISTED:
            break
    if found:
        shown = [f"  {fault}" for fault in found[:MAX_LISTED]]
        more = ["  and more"] if len(found) > MAX_LISTED else []
        raise ImportRefused(
            "\n".join(
                [
                    f"{name}: rows contradict what is recorded; nothing was changed",
                    *shown,
                    *more,
                    "Correct the file, then import it again.",
                ]
            )
        )


def _row(line: Line) -> dict[str, str]:
    return {name: str(own) for name, own in vars(line).items() if name != "number"}
