"""A list as a randomised test: its members, what was done with them, who of them stayed."""
