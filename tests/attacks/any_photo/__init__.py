"""One change for many photos."""
