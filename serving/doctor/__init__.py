"""The doctor: what is in the lake, what is wrong with it, what to do about each finding.

`features.doctor` and `training.readiness` measure. `diagnosis` brings the two together, also as
plain values for JSON; `words` puts every kind of finding into words (`supply_words`, `clock_words`,
`row_words`, `model_words` have its values); `page` is what people read.
"""
