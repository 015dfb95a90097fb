"""The page Class: the teacher's controls, the wall, and what pupils see of a lesson."""
