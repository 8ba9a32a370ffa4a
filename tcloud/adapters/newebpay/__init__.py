"""NewebPay 藍新金流, MPG 2.0 (PROTOCOLS §5)."""
