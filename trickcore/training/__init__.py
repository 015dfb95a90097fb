"""Training, plain and adversarial, an epoch at a time."""

from trickcore.training.loops import EPS, Batches, Digits, Epoch, SmallNet, accuracy, harden, right, train

__all__ = ["EPS", "Batches", "Digits", "Epoch", "SmallNet", "accuracy", "harden", "right", "train"]
