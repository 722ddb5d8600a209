"""What comes of a campaign: its outcomes come back, become facts, and are read out."""
