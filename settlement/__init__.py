"""Settlement and clearing: from captured trade to final settlement."""
