"""Articles in, feeds out."""
