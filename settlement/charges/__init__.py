"""What settlement costs: fails and their penalties, claims, fees, margins."""
