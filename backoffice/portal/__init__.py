"""The front office's counter: answers at once where live data permits, requests where not."""
