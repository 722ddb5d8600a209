"""What an arm did: differences between arms, sharpened by what was known before, with intervals."""
