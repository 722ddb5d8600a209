"""A list as a randomised test: its members, what was done with them, who stayed, what it brought."""
