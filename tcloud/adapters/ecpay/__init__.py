"""The ECPay-compatible payment gateway (PROTOCOLS §5)."""
