"""The class: the teacher's page and its wall, and what pupils see on every page."""
