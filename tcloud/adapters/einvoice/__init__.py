"""A supplier's e-invoice provider: invoices issued, voided and lowered for it (PROTOCOLS §5, §6)."""
