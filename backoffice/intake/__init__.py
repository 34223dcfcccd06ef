"""Files at the desk's door: looked at before they are taken, taken once, every refusal kept."""
