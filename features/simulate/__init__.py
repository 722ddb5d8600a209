"""A simulated operator to try everything on, with the truth beside its feeds.

Read in this order: `world` (the settings of an operator; `world.files` reads them), `people` (who
they are and what they use and pay), `behaviour` (what a week brings, and why they leave), `events`
(the facts that the operator's systems record), `truth` (what only a simulation knows, and what
could be known at best). `past` brings the people up to the first day, `block` lives a share of them
week by week (`books` records its facts), `workers` run the blocks (`task`), `operator` writes it
all.
"""

from features.simulate.operator import Simulated, simulate
from features.simulate.world import World
from features.simulate.world.files import packaged_worlds, read_world

__all__ = ["Simulated", "World", "packaged_worlds", "read_world", "simulate"]
