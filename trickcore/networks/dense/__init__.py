"""The small dense network that is there to be looked into."""
