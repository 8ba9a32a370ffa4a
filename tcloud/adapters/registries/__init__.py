"""Government registers and agency look-ups: facts about a 統一編號, each with its evidence (PROTOCOLS §3)."""
