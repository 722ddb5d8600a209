"""Which customers may be contacted: one table of rules, for the choice, the export, the contact.

A rule is a predicate over columns (`facts`), so that the same one looks at a million customers and
at one. A fact more that speaks against a contact never lets a customer in. Nothing overrides it:
who may be contacted anyway is a matter of the settings, which are the operator's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import numpy as np
from sqlalchemy import Connection

from features.errors import RequestRefused
from features.words import say
from serving.retention.retention_settings import RuleSettings
from serving.retention.rules.facts import Facts, Flags
from serving.retention.rules.gathering import gathered
from serving.retention.rules.night import NightFacts
from serving.retention.rules.recorded import Reader

SELLING = ("no_consent", "open_complaint", "open_promise", "broken_promise")  # as of the ladder
Rule = Callable[[Facts, RuleSettings, str], Flags]


def _held(facts: Facts, _: RuleSettings, campaign: str) -> Flags:
    """Held by another campaign than `campaign`."""
    return np.asarray((facts.held_by != "") & (facts.held_by != campaign), dtype=bool)


def _arrears(facts: Facts, settings: RuleSettings, _: str) -> Flags:
    much = facts.overdue_fen >= settings.arrears_fen
    return np.asarray(much & (facts.overdue_days >= settings.arrears_days))


RULES: Mapping[str, Rule] = {
    "no_consent": lambda facts, _, __: ~facts.consent,
    "universal_holdout": lambda facts, _, __: facts.universal_holdout,
    "open_complaint": lambda facts, _, __: facts.open_complaint,
    "not_eligible": lambda facts, _, __: ~facts.eligible,
    "objection": lambda facts, _, __: facts.objection,
    "no_closed_bill": lambda facts, _, __: ~facts.has_bill,
    "contact_cap": lambda facts, settings, _: facts.contacts >= settings.contact_cap,
    "open_promise": lambda facts, _, __: facts.open_promise,
    "broken_promise": lambda facts, _, __: facts.broken_promise,
    "held": _held,
    "control_group": lambda facts, _, __: facts.is_control,
    "arrears": _arrears,
    "cancel_requested": lambda facts, _, __: facts.cancel_requested,
}


def broken(facts: Facts, settings: RuleSettings, except_campaign: str = "") -> dict[str, Flags]:
    """By rule, which of the customers it protects from a contact.

    `except_campaign`: whose own holds do not count.
    """
    return {name: rule(facts, settings, except_campaign) for name, rule in RULES.items()}


def free(protected: Mapping[str, Flags]) -> Flags:
    """Whom none of these rules protects."""
    return np.asarray(~np.logical_or.reduce(list(protected.values())))


def check(
    connection: Connection,
    night: NightFacts,
    settings: RuleSettings,
    customer_id: str,
    campaign_id: str | None,
    now: datetime,
) -> None:
    """Raises RequestRefused (`contact_forbidden`) naming the first rule that forbids a contact.

    A campaign contacts only whom it holds, and until its list expires: `not_held`, `list_expired`.
    To be called in the transaction that records the contact, under the audit's lock, so that no
    other contact is recorded between. Raises UnknownCustomers for who is not in the network.
    """
    facts = gathered(connection, night, settings, now, customer_id)
    campaign = campaign_id or ""
    for name, flags in broken(facts, settings, campaign).items():
        if flags[0]:
            raise forbidden(name)
    if campaign and facts.held_by[0] != campaign:
        raise forbidden("not_held")
    if campaign and Reader(connection, now).has_expired(campaign):
        raise forbidden("list_expired")


def check_selling(
    connection: Connection,
    night: NightFacts,
    settings: RuleSettings,
    customer_id: str,
    now: datetime,
) -> None:
    """As `check`, to sell to a customer who came to us: the rules `SELLING` alone forbid it."""
    facts = gathered(connection, night, settings, now, customer_id)
    for name in SELLING:
        if RULES[name](facts, settings, "")[0]:
            raise forbidden(name)


def forbidden(rule: str) -> RequestRefused:
    """The refusal of a contact by this rule."""
    return RequestRefused(
        "contact_forbidden", f"do not contact: {say('contact', rule, 'en')}", rule=rule
    )
