"""All campaigns that can be read out, as evidence on what offers do; why the others say nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from features.engine.store import Histories
from features.errors import LakeError, RequestRefused, SettingsError
from features.words import say
from serving.campaigns.learning.cells import counts_of, effects_of
from serving.campaigns.readout.looks import look
from serving.campaigns.readout.reading import Gathered, bundle_of, gathered
from serving.campaigns.readout.shown import checks_of
from serving.database.tables import campaigns
from serving.retention.campaign.store import READY
from serving.retention.learned.evidence import (
    CampaignEvidence,
    Evidence,
    read_evidence,
    write_evidence,
)
from serving.retention.retention_settings import retention_settings


@dataclass(frozen=True)
class Seen:
    """What counts, in the order in which the campaigns were made, and by campaign why one does not.

    A campaign that was revoked is in neither.
    """

    counted: tuple[CampaignEvidence, ...] = ()
    passed_over: Mapping[str, str] = field(default_factory=dict)


def seen(
    home: Path, connection: Connection, histories: Histories, now: datetime, language: str = "en"
) -> Seen:
    """What all campaigns say, as known at the last night. Changes nothing."""
    own = campaigns.c
    query = select(own.id).where(own.state == READY).order_by(own.created_at, own.id)
    counted: list[CampaignEvidence] = []
    passed_over: dict[str, str] = {}
    for campaign_id in connection.execute(query).scalars().all():
        try:
            found = gathered(home, connection, histories, campaign_id, now)
        except (RequestRefused, LakeError, SettingsError) as error:
            passed_over[campaign_id] = error.message
            continue
        why = _why_not(found, language)
        if why:
            passed_over[campaign_id] = why
        else:
            counted.append(_evidence(home, connection, found))
    return Seen(tuple(counted), passed_over)


def keep(
    home: Path, connection: Connection, found: Seen, caller: str, now: datetime
) -> Evidence | None:
    """Keep the evidence, and that each campaign of it was looked at; null where nothing changes.

    To be called under the audit's lock, as `looks.look`. Without a campaign that counts a file is
    written only where one is to be replaced.
    """
    for one in found.counted:
        look(connection, one.campaign, one.data, caller, now)
    if not found.counted and read_evidence(home) is None:
        return None
    return write_evidence(home, found.counted, now)


def _why_not(found: Gathered, language: str) -> str:
    """Why it says nothing; "" where it does."""
    if not found.staying.is_known:
        return say("readout", "not_known_until", language, day=f"{found.staying.known_at:%F}")
    forbidding = [one.message(language) for one in checks_of(found.test, language) if one.forbids]
    if not (found.test.members["contacts"].gt(0) | found.test.members["reached"]).any():
        forbidding.append(say("readout", "nothing_done", language))
    return " ".join(forbidding)


def _evidence(home: Path, connection: Connection, found: Gathered) -> CampaignEvidence:
    channels = retention_settings(home).channels
    reach = {name: own.reach for name, own in channels.items()}
    horizon_days = bundle_of(home, connection, found.campaign_id).label["horizon_days"]
    window_days = found.staying.window_days
    return CampaignEvidence(
        campaign=found.campaign_id,
        as_of=f"{found.as_of:%F}",
        data=found.data,
        window_days=window_days,
        counts=counts_of(found.test.members),
        effects=effects_of(found.test, horizon_days, window_days, reach),
    )


def to_json(found: Seen, about: Any) -> dict[str, Any]:
    """`campaigns` that count, `passed_over` with why, and `evidence` as a list says it, or null."""
    return {
        "campaigns": [one.campaign for one in found.counted],
        "passed_over": dict(found.passed_over),
        "evidence": about,
    }
