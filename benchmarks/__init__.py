"""Measurements beside the peers and the ancestors; each prints the table that README shows."""
