"""Pure arithmetic and decisions of settlement."""
