"""Record-keeping: documents under classes, numbered without gaps, proved by their hash."""
