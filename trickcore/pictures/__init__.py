"""Picture files in and out, and pictures that need no file."""
