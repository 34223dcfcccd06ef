"""Reading the ledger oracle's sets: postings to post, balance files to compare with."""
