"""Pages of suppliers: what to do next, orders, plans."""
