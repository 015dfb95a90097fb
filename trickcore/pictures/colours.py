"""The colour scale of gradient pictures."""

# Grey is zero, bright adds, dark takes away; blue and orange for the colour-blind.
DIVERGING = (
    (0.0, "#06213F"),
    (0.25, "#2A5B8C"),
    (0.5, "#8E8E8E"),
    (0.75, "#F0B06A"),
    (1.0, "#FFF3D6"),
)
