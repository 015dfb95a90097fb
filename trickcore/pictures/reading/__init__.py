"""Picture files that come from strangers: what is refused, and how large ones are read in little memory."""
