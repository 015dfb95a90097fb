"""What makes pages usable by everybody: focus that stays, results that are spoken, charts in numbers."""
