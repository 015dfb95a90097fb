"""Charts; they know the library, the library does not know them."""
