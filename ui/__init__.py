"""Parts that pages are put together from: controls, pictures, and the run in hand."""
