"""Outside systems that follow the clock of a rehearsal, so that their stamps and time limits fit ours."""
