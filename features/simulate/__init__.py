"""A small, honest operator to try everything on, with the truth beside the feeds.

Read in this order: `world` (the settings), `customers`, `state`, `hazard` (why they leave),
`behaviour` (what a week brings), `leaving`, `oracle` (what could be known at best), the facts
(`ledger`, `usage_days`, `bill_facts`, `complaint_facts`, `contract_facts`), `truth`, `past`,
`run`, `operator`.
"""

from features.simulate.operator import Simulated, simulate
from features.simulate.world import World, read_world

__all__ = ["Simulated", "World", "read_world", "simulate"]
