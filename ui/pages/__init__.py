"""One folder a page, one file an entry of its menu."""
