"""Messages of the Ministry of Finance's e-invoice guideline (MIG 4.1) as files: read, never sent (PROTOCOLS §6)."""
