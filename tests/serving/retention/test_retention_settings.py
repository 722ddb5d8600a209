"""The settings of retention lists: shipped values that hold together, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.errors import SettingsError
from serving.retention.retention_settings import retention_settings
from tests.conftest import set_home

OFFERS = (
    "better_plan", "data_bonus", "discount", "handset_renewal", "service_visit", "top_up_gift",
)  # fmt: skip


def test_the_shipped_settings_know_the_offers_of_the_catalogue() -> None:
    found = retention_settings(Path("no home"))
    assert tuple(found.offers) == OFFERS
    assert all(own.refused_hazard >= 1 for own in found.offers.values())
    assert (found.channels["hotline"].cost_fen, found.rules.arrears_fen) == (300, 1000)
    assert found.channels["sms"].of("zh") == "短信"


def test_a_home_says_what_differs(tmp_path: Path) -> None:
    set_home(tmp_path, "retention", "[rules]\ncontact_cap = 3\n[offers.discount]\nactive = false")
    found = retention_settings(tmp_path)
    assert (found.rules.contact_cap, found.rules.contact_days) == (3, 30)
    assert not found.offers["discount"].active


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[rules]\ncontact_cap = 0", "contact_cap is 0; expected at least 1"),
        ("[rules]\ncontact_days = 0", "contact_days is 0"),
        ("[rules]\narrears_amount = 0.0", "arrears_amount is 0.0; expected above 0"),
        ('[rules]\ncounted = ["sung"]', "counted has sung; expected saved"),
        ("[rules]\noverride = true", "unknown: override"),
        ("[channels.sms]\nreach = 1.5", "reach is 1.5; expected above 0 and at most 1"),
        ("[channels.sms]\npersuasion = 0", "persuasion is 0.0; expected above 0"),
        ("[channels.sms]\ncost = -1", "cost is -1.0"),
        ('[channels.sms]\nzh = ""', "expected a text in both"),
        ('[offers.discount]\nchannels = ["fax"]', "offers.discount.channels has fax"),
        ('[offers.discount]\npayment_modes = ["gold"]', "payment_modes has gold"),
        ("[offers.discount]\nrefused_hazard = 0.9", "refused_hazard is 0.9; expected at least 1"),
        ("[offers.discount]\nmargin_share = 0", "margin_share is 0.0"),
        ("[offers.discount]\nmin_tenure_days = -1", "min_tenure_days is -1"),
        ("[offers.discount.hazard]\ngold = 0", "hazard.gold is 0.0"),
        ("[offers.discount.hazard]\nlead = 0.5", "hazard has standard, .*, lead"),
        ("[offers.discount.acceptance]\ngold = 0.9\n[channels.visit]\npersuasion = 1.2",
         "offers.discount.acceptance times channels.visit.persuasion is 1.08"),
    ],
)  # fmt: skip
def test_what_cannot_be_true_is_refused(tmp_path: Path, text: str, why: str) -> None:
    set_home(tmp_path, "retention", text)
    with pytest.raises(SettingsError, match=why):
        retention_settings(tmp_path)
