"""Limits of a public server: how often a visitor's run begins, and how much heavy work is done at once."""
