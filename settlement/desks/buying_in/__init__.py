"""Buy-ins at the desk: what is to be bought in, and what was."""
