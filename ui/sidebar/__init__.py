"""The panel: from widgets to a Recipe, and the link that carries it."""
