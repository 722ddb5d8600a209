"""A simulated operator to try everything on, with the truth beside its feeds.

Read in this order: `world` (the settings; `world_files` reads them), `customers`, `state`,
`hazard` and `traits` (why they leave), `behaviour` with `use` and `money` (what a week brings;
`cities` and `tariff` for all), `leaving`, `campaigns` with `offers`, `circles` with `calls`,
`beliefs` and `oracle` (what could be known at best), the facts (`ledger`, `usage_days`,
`bill_facts`, `complaint_facts` with `texts`, `contract_facts`, `surveys`), `truth`, `noise`,
`futures` and `respond`, `past`, `block`, `workers`, `operator`.
"""

from features.simulate.operator import Simulated, simulate
from features.simulate.world import World
from features.simulate.world.files import packaged_worlds, read_world

__all__ = ["Simulated", "World", "packaged_worlds", "read_world", "simulate"]
