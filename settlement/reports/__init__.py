"""The day's report: customers' transactions, trades, charges."""
