"""A run's settings, its frames, and what is kept of it."""
