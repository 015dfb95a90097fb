"""The Survive page."""
