"""The operator's own small campaigns, month by month, as facts and with their effects.

Each month a few of the consenting customers are drawn, some of them as a control group
without contact. The universal holdout and customers with an open complaint are excluded. What a
contact does multiplies the hazards of the coming weeks (`offers`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.feeds import MILLION
from features.histories.contacts import in_universal_holdout
from features.settings import HoldoutSettings
from features.simulate.events.ledger import DAY, Ledger, named, numbered
from features.simulate.people.customers import Customers
from features.simulate.people.state import State
from features.simulate.world import World
from features.simulate.world.offers import REFUSED_MONTHS, Effects, multipliers
from features.simulate.world.weeks import Week, microseconds

Array = NDArray[Any]

SECOND = np.timedelta64(1_000_000, "us")
CHANNELS = ("hotline", "sms", "app")
CHANNEL_FEN = np.array([300, 10, 5])
WEEKS_A_MONTH = 52 / 12


@dataclass(frozen=True)
class Contacts:
    """Those drawn in a week, one element each; `offer` is a position in the world's offers."""

    who: Array
    day: Array
    treated: Array
    offer: Array
    channel: Array
    reached: Array
    answered: Array
    accepted: Array


class CampaignBook:
    """Draws the contacts, numbered from `first_number` on, writes them and sets their effects."""

    def __init__(self, ids: Array, effects: Effects, holdout: HoldoutSettings, number: int) -> None:
        self._held_out = np.array([in_universal_holdout(one, holdout) for one in ids], dtype=bool)
        self._effects, self._number = effects, number

    def add_week(
        self,
        ledger: Ledger,
        week: Week,
        state: State,
        customers: Customers,
        first: Array,
        last: Array,
        world: World,
        rng: np.random.Generator,
    ) -> None:
        """The month's campaign, if it falls in the week, among those there from `first` to `last`.

        What it does is in `state` from the next week on.
        """
        if week.bill_day is None:
            return
        day = rng.integers(0, 7, len(first))
        may = (day >= first) & (day <= last) & customers.consent & ~self._held_out
        may &= ~state.open & ~state.cancel_open & (state.push_weeks == 0)
        drawn = rng.random(len(first)) < world.campaigns.monthly_share
        who = np.flatnonzero(may & drawn)
        contacts = self._contact(who, day[who], world, rng)
        self._write(ledger, week, contacts, world, rng)
        self._push(state, contacts, world)

    def _contact(self, who: Array, day: Array, world: World, rng: np.random.Generator) -> Contacts:
        u = rng.random((4, len(who)))
        effects = self._effects
        may_have = effects.may_have[:, who]
        offer = (rng.random(may_have.shape) * may_have).argmax(axis=0)
        treated = u[0] >= world.campaigns.control_share
        reached = treated & (u[1] < effects.reach[offer, who])
        accepted = reached & (u[2] < effects.acceptance[offer, who])
        answered = accepted | (reached & (u[3] < world.campaigns.answered_share))
        channel = rng.integers(0, len(CHANNELS), len(who))
        return Contacts(who, day, treated, offer, channel, reached, answered, accepted)

    def _write(
        self,
        ledger: Ledger,
        week: Week,
        contacts: Contacts,
        world: World,
        rng: np.random.Generator,
    ) -> None:
        n = len(contacts.who)
        numbers = self._number + np.arange(n)
        self._number += n
        cost_fen = np.array([kind.cost_fen for kind in world.offers])
        second = rng.integers(8 * 3600, 9 * 3600, n)
        for event, happens, delay_s, cost in (
            ("assigned", np.full(n, True), 1, 0 * contacts.who),
            ("sent", contacts.treated, 3600, CHANNEL_FEN[contacts.channel]),
            ("reached", contacts.reached, 18_000, 0 * contacts.who),
            ("answered", contacts.answered, 1800, 0 * contacts.who),
            ("accepted", contacts.accepted, 1800, cost_fen[contacts.offer]),
        ):
            second = second + rng.integers(0, delay_s, n)
            moment = microseconds(week.monday) + contacts.day * DAY + second * SECOND
            rows = np.flatnonzero(happens)
            ledger.add(
                "contacts",
                contacts.who[rows],
                moment[rows] + rng.integers(1, 3600, len(rows)) * SECOND,
                event_time=moment[rows],
                contact_id=numbered("T", numbers[rows], 9),
                event=event,
                campaign=f"monthly-{week.monday:%Y-%m}",
                arm=named(["control", "treated"], contacts.treated[rows] * 1),
                propensity_ppm=round(MILLION * (1 - world.campaigns.control_share)),
                channel=named(list(CHANNELS), contacts.channel[rows]),
                offer=named([kind.offer for kind in world.offers], contacts.offer[rows]),
                cost_fen=cost[rows],
            )

    def _push(self, state: State, contacts: Contacts, world: World) -> None:
        reached = np.flatnonzero(contacts.reached)
        who, offer, accepted = (
            contacts.who[reached],
            contacts.offer[reached],
            contacts.accepted[reached],
        )
        effects = self._effects
        effect = np.where(accepted, effects.accepted[offer, who], effects.refused[offer, who])
        acts_on = np.array([kind.acts_on for kind in world.offers], dtype=object)[offer]
        lasts = np.array([kind.lasts_months for kind in world.offers])[offer]
        months = np.where(accepted, lasts, REFUSED_MONTHS)
        state.push[:, who] = multipliers(acts_on, accepted, effect)
        state.push_weeks[who] = np.rint(months * WEEKS_A_MONTH).astype(np.int32)
