"""Any table with a label: the same fit, calibration, figures, bundle and registry.

In order: `files` and `delimited` (Parquet or CSV in) · `texts` (what single values say) ·
`columns` and `identifiers` (what a column holds, inferred once, stored in the bundle) · `values`
(rows as the columns read them, in training and serving) · `sample` (the labelled rows) · `folds`
(equal rows together) · `suspects` (identifiers and leaks, named) · `levels` (categories become
numbers) · `recipe` and `joined` (boosters bagged, then one) · `crossfit` (risks out of fold, and
their figures) · `model` (what a bundle of a table holds) · `card` · `shelf` (the models of a home)
· `trained` (all of it in one call) · `settings`.
"""
