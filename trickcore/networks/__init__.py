"""Networks that take pixels in [0, 1], and where they come from."""
