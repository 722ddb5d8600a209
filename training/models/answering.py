"""Whether a version can answer from last night's rows, and what to run where it cannot.

A promotion or a roll back changes the version at once, the rows stay those of last night. What
the service could not answer with is found here, before the change.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from features.engine.store import open_histories
from features.errors import LakeError
from features.settings import FeatureSettings, home_settings
from training.models.bundle import Bundle
from training.models.definitions import FeatureRows, difference
from training.night import last_night


@dataclass(frozen=True)
class Obstacle:
    """What keeps a version from answering; `needs_score`: a new night removes it."""

    found: str
    needs_score: bool = False


def obstacle(home: Path, bundle: Bundle) -> Obstacle | None:
    """Why the service could not answer with this bundle; null where it can.

    Without rows of last night there is nothing to answer from, whichever version it is: null.
    """
    currency = home_settings(home, "features", FeatureSettings).currency
    if bundle.currency != currency:
        return Obstacle(
            f"its amounts are in {bundle.currency}, and settings/features.toml names {currency}"
        )
    try:
        _ = bundle.explainer
    except ValueError as error:
        return Obstacle(f"its scores cannot be explained: {error}")
    night = last_night(home)
    found = difference(bundle, night) if night else None
    if night is None or not found:
        return None
    return Obstacle(
        f"last night's rows (as of {night.as_of}) lack features that it reads ({found})", True
    )


def what_to_run(home: Path, bundle: Bundle, champion: Bundle, forced: str) -> str:
    """The commands after which `bundle` answers; `forced` is the one that goes past the check.

    `champion` is the version that answers now.
    """
    night = last_night(home)
    date = night.as_of if night else "DATE"
    given = _given(home)
    if given is not None and difference(bundle, given):
        return (
            f"The imported feeds do not give them either ({difference(bundle, given)}): import "
            f"the feeds that they come from, or train a version on today's features with "
            f"`liuke train --as-of {date}`."
        )
    if given is None or not difference(champion, given):
        return (
            f"Run `liuke score --as-of {date}` first: it keeps every feature that the feeds give. "
            f"Then run this command again."
        )
    return (
        f"Run `{forced}` and, straight after it, `liuke score --as-of {date}`: in between the "
        f"service refuses every request."
    )


def _given(home: Path) -> FeatureRows | None:
    """What the imported feeds give; null where no histories are built from them yet."""
    try:
        histories = open_histories(home)
    except LakeError:
        return None
    names = tuple(feature.name for feature in histories.features)
    return FeatureRows(names, histories.fingerprint, histories.definitions)
