"""The read-out of a campaign: gathered without a trace, then looked at, once a state of the data.

`gathered` reads what is known and changes nothing. `read_out` says what it means, given how many
looks there were; the caller records the look (`looks.look`) in the transaction of the audit's row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine

from features.disk.atomic import replace_json
from features.engine.store import Histories, histories_id
from features.errors import SettingsError
from features.words import say
from serving.campaigns.outcomes.checking import drawn
from serving.campaigns.readout.looks import data_of
from serving.campaigns.readout.shown import shown
from serving.campaigns.trial.holding import Holding, holding
from serving.campaigns.trial.margins import margin_kept
from serving.campaigns.trial.members import done_with, read_members, with_what_was_done
from serving.campaigns.trial.randomised import ListTest, list_test
from serving.campaigns.trial.staying import Staying, known_until, staying
from serving.retention.campaign import store
from serving.retention.retention_settings import retention_settings
from serving.scoring import load_version
from training.fit_settings import LabelSettings
from training.models.bundle import Bundle

READOUT = "readout.json"
ASSUMPTIONS = ("assumes_margin", "assumes_window", "assumes_reached")


@dataclass(frozen=True)
class Gathered:
    """All that is known of a campaign's list at a moment, and the hash of what that rests on."""

    campaign_id: str
    as_of: datetime
    launched_at: datetime
    moment: datetime
    staying: Staying
    test: ListTest
    holding: Holding
    data: str


def gathered(
    home: Path, connection: Connection, histories: Histories, campaign_id: str, now: datetime
) -> Gathered:
    """All that is known of the campaign's list.

    Raises LakeError, and RequestRefused: `unknown_campaign`, `conflict` without a list,
    `no_control`.

    `histories`: as last built; what the feeds brought since counts from the next night on.
    """
    campaign = drawn(connection, campaign_id)
    members = read_members(store.folder(home, campaign_id), campaign)
    channels = retention_settings(home).channels
    costs = {name: own.cost_fen for name, own in channels.items()}
    members = with_what_was_done(members, done_with(connection, campaign_id, costs))
    as_of: datetime = members["as_of"].iloc[0].to_pydatetime()
    bundle = bundle_of(home, connection, campaign_id)
    moment = known_until(histories, now)
    own = staying(histories, members, as_of, _rules(bundle), moment)
    test = list_test(members, own, margin_kept(members, own, bundle))
    until = as_of + pd.Timedelta(days=own.window_days)
    held = holding(connection, members, campaign_id, campaign.launched_at, until)
    data = data_of(connection, campaign_id, histories_id(home), own.is_known, f"{moment:%F}")
    return Gathered(
        campaign_id, as_of, campaign.launched_at, moment, own, test, held, data,
    )  # fmt: skip


def label_rules(home: Path, engine: Engine, campaign_id: str) -> LabelSettings:
    """The label's settings as the list's model was trained with them."""
    with engine.connect() as connection:
        return _rules(bundle_of(home, connection, campaign_id))


def bundle_of(home: Path, connection: Connection, campaign_id: str) -> Bundle:
    """The version that scored the list."""
    found = store.campaign(connection, campaign_id)
    assert found.result is not None
    bundle = load_version(home, str(found.result["model_version"])).bundle
    if bundle.value is None:
        raise SettingsError("the version that scored the list predicts no value")
    return bundle


def _rules(bundle: Bundle) -> LabelSettings:
    own = bundle.label
    return LabelSettings(**own | {"competing_reasons": tuple(own["competing_reasons"])})


def read_out(found: Gathered, looks: int, language: str = "en") -> dict[str, Any]:
    """What the campaign brought, amounts in the currency's unit; its messages in the language."""
    own = found.staying
    return {
        "campaign": found.campaign_id,
        "as_of": f"{found.as_of:%F}",
        "launched_at": f"{found.launched_at:%FT%T}",
        "known_until": f"{found.moment:%F}",
        "known_at": f"{own.known_at:%F}",
        "is_known": own.is_known,
        "looks": looks,
        "outcomes": {arm: dict(counts) for arm, counts in found.test.outcomes.items()},
        "crossovers": found.holding.crossovers,
        "contacted_elsewhere": dict(found.holding.elsewhere),
        "untouched": found.holding.untouched,
        "cost": round(float(found.test.members["cost"].sum()), 2),
        **shown(found.test, found.holding, language),
        "assumptions": [say("readout", name, language) for name in ASSUMPTIONS],
    }


def write_readout(home: Path, campaign_id: str, result: dict[str, Any]) -> Path:
    """Keep the read-out in the list's folder; the same one again changes nothing."""
    path = store.folder(home, campaign_id) / READOUT
    replace_json(path, result)
    return path
