"""What campaigns that were read out say of offers, as a dated file of the home.

`lake/evidence/MOMENT.json` is never changed; the last one counts. It holds counts and effects,
and no customer. A list names the file by its SHA-256, so that what it assumed can be computed
again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from features.disk.atomic import replace_json
from features.errors import LakeError, TableRefused
from features.home import Home
from training.uplift.hazards import Group


@dataclass(frozen=True)
class Count:
    """Of the treated with this offer by this channel so many were contacted, and accepted."""

    offer: str
    tier: str
    channel: str
    contacted: int
    accepted: int


@dataclass(frozen=True)
class Effect:
    """Who left of an offer and tier, by arm and answer; `training.uplift.hazards` has the figures.

    `others` are the treated of whom neither acceptance nor refusal is reported.
    """

    offer: str
    tier: str
    control: Group
    accepted: Group
    refused: Group
    others: Group
    others_refused: float
    control_accepted: float
    control_refused: float
    dispersion: float

    @classmethod
    def of(cls, own: dict[str, Any]) -> Effect:
        groups = ("control", "accepted", "refused", "others")
        return cls(**own | {name: Group(**own[name]) for name in groups})


@dataclass(frozen=True)
class CampaignEvidence:
    """One campaign's; `data` is the hash of what its read-out rests on."""

    campaign: str
    as_of: str
    data: str
    window_days: int
    counts: tuple[Count, ...]
    effects: tuple[Effect, ...]

    @classmethod
    def of(cls, own: dict[str, Any]) -> CampaignEvidence:
        counts = tuple(Count(**one) for one in own["counts"])
        effects = tuple(Effect.of(one) for one in own["effects"])
        return cls(**own | {"counts": counts, "effects": effects})


@dataclass(frozen=True)
class Evidence:
    """A file of evidence and its SHA-256."""

    made_at: str
    sha256: str
    campaigns: tuple[CampaignEvidence, ...]


def read_evidence(home: Path) -> Evidence | None:
    """The last file; null where there is none. Raises LakeError where it is damaged."""
    files = sorted(Home(home).evidence.glob("*.json"))
    if not files:
        return None
    content = files[-1].read_bytes()
    try:
        own = json.loads(content)
        found = tuple(CampaignEvidence.of(one) for one in own["campaigns"])
        return Evidence(str(own["made_at"]), sha256(content).hexdigest(), found)
    except (ValueError, KeyError, TypeError, TableRefused) as error:
        raise LakeError(
            f"{files[-1]} is damaged ({error}). Remove it and run `liuke campaign learn`."
        ) from error


def write_evidence(home: Path, campaigns: Sequence[CampaignEvidence], now: datetime) -> Evidence:
    """Keep the evidence, unless the last file says the same; the file that counts now.

    Raises OutputError where the disk refuses.
    """
    last = read_evidence(home)
    if last is not None and last.campaigns == tuple(campaigns):
        return last
    path = Home(home).evidence / f"{now:%Y%m%dT%H%M%S%f}.json"
    kept = {"made_at": f"{now:%FT%T}", "campaigns": [asdict(one) for one in campaigns]}
    replace_json(path, kept)
    found = read_evidence(home)
    assert found is not None
    return found
