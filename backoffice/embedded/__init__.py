"""The servers that a machine without its own PostgreSQL and Redis lends from two wheels."""
