"""Operator's commands: JSON on stdout, exit status 0 unless documented (docs/operations.md)."""
