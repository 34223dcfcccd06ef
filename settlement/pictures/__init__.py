"""Pictures of the day: figures read from the tables, drawn as SVG without any script."""
