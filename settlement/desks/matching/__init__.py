"""The queue of unmatched sides at the desk."""
