"""Any table of a randomised test as a `Trial`: arms, outcome, money and covariates."""
