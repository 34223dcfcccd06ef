"""Facts written beside the change, and jobs that survive a crash: rows are truth, messages hints."""
