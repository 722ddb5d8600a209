"""What an outcome must name, by who started the contact."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from features.errors import RequestRefused
from serving.decision.decision_settings import decision_settings
from serving.decision.outcomes.reported import Reported, check_reported

SETTINGS = decision_settings(Path("no home"))
THEIRS = Reported("k1", "C1", "D1", "no_answer")
OURS = replace(THEIRS, decision_id=None, started_by="us", channel="hotline")


@pytest.mark.parametrize(
    "reported",
    [
        THEIRS,
        OURS,
        replace(OURS, campaign_id="A"),
        replace(OURS, outcome="sent"),
        replace(OURS, outcome="sent", action="discount"),
        replace(OURS, outcome="offer_refused", action="discount"),
        replace(THEIRS, started_by="us", campaign_id="A"),
        replace(THEIRS, decision_id=None, answers="k0"),
        replace(THEIRS, decision_id=None, outcome="undone", undoes="k0"),
        replace(THEIRS, outcome="undone", undoes="k0"),
    ],
)
def test_a_contact_rests_on_a_decision_on_our_start_or_on_another(reported: Reported) -> None:
    check_reported(reported, SETTINGS)


@pytest.mark.parametrize(
    ("reported", "why"),
    [
        (replace(THEIRS, decision_id=None), "decision_id expected"),
        (replace(THEIRS, campaign_id="A"), "started_by us"),
        (replace(THEIRS, outcome="sent"), "started_by us"),
        (replace(THEIRS, channel="hotline"), "channel is not expected"),
        (replace(THEIRS, answers="k0"), "answers is not expected"),
        (replace(THEIRS, outcome="undone", undoes="k0", answers="k1"), "answers is not expected"),
        (replace(THEIRS, action="discount"), "action is not expected"),
        (replace(OURS, channel=None), "channel expected"),
        (replace(OURS, decision_id="D1"), "channel is not expected"),
        (replace(OURS, outcome="undone", undoes="k0"), "started_by us is not expected"),
        (replace(OURS, answers="k0"), "started_by us is not expected"),
        (replace(OURS, outcome="offer_refused"), "action expected"),
        (replace(OURS, outcome="plan_changed", plan="P"), "decision_id expected"),
    ],
)
def test_what_does_not_belong_together_is_refused(reported: Reported, why: str) -> None:
    with pytest.raises(RequestRefused, match=why) as refused:
        check_reported(reported, SETTINGS)
    assert refused.value.code == "invalid_request"


def test_what_we_sell_needs_the_customers_confirmation_too() -> None:
    accepted = replace(OURS, outcome="offer_accepted", action="discount")
    with pytest.raises(RequestRefused) as refused:
        check_reported(accepted, SETTINGS)
    assert refused.value.code == "confirmation_missing"
    confirmed: dict[str, Any] = {"confirmation": "recorded_call", "confirmation_reference": "7"}
    check_reported(replace(accepted, **confirmed), SETTINGS)


def test_what_was_recorded_before_a_field_came_has_the_same_content() -> None:
    earlier = "98ff32fad08a8260c7c78d860d2932fe891e7405d8dd3e65653517e24ee19cdd"
    assert THEIRS.content_sha256 == earlier
    assert replace(THEIRS, started_by="us").content_sha256 != earlier
