"""The settlement clerk's pages."""
