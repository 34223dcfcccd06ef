"""Template tags of the house's pages."""
