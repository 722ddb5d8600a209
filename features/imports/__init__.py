"""An operator's extract becomes checked facts in the lake; `sources` is the way in.

In order: `mapping` (what the operator wrote) · `extracts` (reading the operator's files, fenced in)
· `values` (each value in its type) · `reading` (conversions that the mapping declares) · `instants`
(the two clocks) · `checks` (the contract as SQL) · `failures` (queries that fail) · `versions`
(what is new, known already, or a correction) · `quarantine` (bad rows, with reasons) · `staging`
(one feed, checked and written to a temporary folder) · `records` (the counts of each import) ·
`commit` (all feeds visible in one step).
"""
