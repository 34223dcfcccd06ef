"""`make run`: brings the whole house up on one machine, keeps it up, and takes it down again."""
