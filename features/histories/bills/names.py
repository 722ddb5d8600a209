"""The names of the value tiers and the unit of money, for settings too: nothing is loaded here."""

TIERS = ("standard", "silver", "gold", "diamond")
FEN = 100  # of the currency's unit
