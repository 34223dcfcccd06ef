"""The accounting clerk's pages for periods, years and exchange rates."""
