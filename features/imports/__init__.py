"""An operator's extract becomes checked facts in the lake; `sources` is the way in.

In order: `queries.mapping` (what the operator wrote) · `queries.extracts` (reading the operator's
files, fenced in) · `fields.values` (each value in its type) · `fields.reading` (conversions that
the mapping declares) · `fields.instants` (the two clocks) · `fields.checks` (the contract as SQL) ·
`failures` (queries that fail) · `versions` (what is new, known already, or a correction) ·
`quarantine` (bad rows, with reasons) · `staging` (one feed, checked and written to a temporary
folder) · `records` (the counts of each import) · `commit` (all feeds visible in one step).
"""
