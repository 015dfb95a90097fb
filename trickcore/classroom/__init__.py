"""A class: pupils who join by a code, a challenge, hand-ins that the server measures itself, and a board."""
