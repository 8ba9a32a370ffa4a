"""Pages of support agents and experts."""
