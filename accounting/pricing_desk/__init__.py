"""The accounting clerk's pages for goods, prices, stock and price requests."""
