"""The facts that a simulated operator records: use, bills, complaints, contracts, campaigns."""
