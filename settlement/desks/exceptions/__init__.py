"""What left the way of a trade, at the desk."""
