"""Our methods against their peers, a file each; `python -m benchmarks.methods` runs them all."""
