"""Messages out, once for each fact, and the statuses that answer them."""
