"""What support does, one module a subject."""
