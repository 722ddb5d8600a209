"""Columns that may hold the outcome, named with the evidence, in two degrees.

`alone` (how well a column ranks by itself) · `suspects` (the first degree: keys, row numbers, and
what is too good by itself) · `losses` (what a model loses without a column) · `outstanding` (the
second degree: what stands out from the other columns).
"""
