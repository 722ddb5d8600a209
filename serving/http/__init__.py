"""What every request passes: gateway, forms, refusals, compression and the contract."""
