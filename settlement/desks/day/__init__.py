"""The end of the day and its pictures at the desk."""
