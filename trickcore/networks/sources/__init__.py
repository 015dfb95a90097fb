"""Networks that are not on board: torchvision's, timm's, and one's own."""
