"""Settings that people change: proposed by one, accepted by a second, kept with their history.

The home's settings file stays what is in force; an accepted change replaces it in one step.
"""
