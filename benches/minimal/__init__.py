"""The raw limit of pages: the least Django that answers from the same database."""
