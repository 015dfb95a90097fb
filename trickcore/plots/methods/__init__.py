"""Charts of what methods differ in: the size of a change as it shrinks, and two runs over what they cost."""
