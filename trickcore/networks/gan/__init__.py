"""The forger of digits that ships: the generator, its card, and what it draws."""
