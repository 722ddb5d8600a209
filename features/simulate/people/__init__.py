"""The simulated customers: who they are, their state, their use and their money."""
