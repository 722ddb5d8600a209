"""Each value of an extract: its conversion, its type, its two clocks, its feed's contract."""
