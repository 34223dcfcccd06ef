"""Value dates after calendar changes at the desk."""
