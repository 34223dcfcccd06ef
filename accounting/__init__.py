"""The ledger: chart of accounts, entries that never change, balances at any date, proof."""
