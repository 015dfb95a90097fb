"""Charts of digit networks: their units, proofs, what they never saw, forgeries."""
