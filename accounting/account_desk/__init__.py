"""The accounting clerk's pages for accounts and the trial balance."""
