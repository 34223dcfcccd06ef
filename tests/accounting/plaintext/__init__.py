"""Other programs' balances of an exported journal, for comparison with ours."""
