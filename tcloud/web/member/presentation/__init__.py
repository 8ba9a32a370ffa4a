"""How an order is told to its company: what to do next, what happened, what is owed by when."""
