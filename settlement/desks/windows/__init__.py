"""Windows with their nets, and what settling them came to."""
