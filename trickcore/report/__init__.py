"""A finished run as one HTML file, and in plain words."""

from trickcore.report.html import MOST_ROWS, POLICY, html

__all__ = ["MOST_ROWS", "POLICY", "html"]
