"""Staff: who works here, as what, where, in which language; signing in; API tokens."""
