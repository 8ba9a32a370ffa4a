"""Pure rules of support, one module a subject."""
