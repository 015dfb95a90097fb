"""The Defend page."""
