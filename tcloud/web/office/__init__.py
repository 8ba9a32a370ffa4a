"""Pages of the programme office: officers act, auditors read."""
