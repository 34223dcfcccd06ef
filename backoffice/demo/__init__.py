"""Siam Varee, a securities and trading house that exists only here: for newcomers to look around."""
