"""Placeholder to be replaced below."""
