"""The whole journey without a browser, over HTTP: `make journey`. Prints a timeline and the ledger entries, ends with "journey: ok"."""
