"""Any table with a label: the same fit, calibration, figures, bundle and registry.

In order: `files`, `arrow` and `delimited` (Parquet or CSV in) · `words`, `texts`, `numerals`,
`clocks`, `date_forms` and `days` (how single values are written) · `columns` (what a column
holds, stored in the bundle), `inference` with `found_numbers`, `found_dates`, `marks` and
`identifiers` (how it is inferred, once) · `values` and `scored` (rows as the columns read them,
in training and serving) · `nonrows`, `target` and `sample` (the labelled rows) · `folds` (equal
rows together) · `suspects` and `order` (identifiers, row numbers and leaks, named) · `levels`
(categories become numbers) · `recipe` and `joined` (boosters bagged, then one) · `crossfit`
(risks out of fold, and their figures) · `model` (what a bundle of a table holds) · `card` ·
`shelf` (the models of a home) · `trained` (all of it in one call) · `settings`.
"""
