"""Chart templates as data, a file each."""
