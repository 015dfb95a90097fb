"""The same run in a terminal."""
