"""Questions about support, one module a subject."""
