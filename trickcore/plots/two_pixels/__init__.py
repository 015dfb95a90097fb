"""Pictures of a network with two inputs: charts for a page, and GIFs."""
