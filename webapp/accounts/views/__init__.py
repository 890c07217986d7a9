"""What is served, a file a noun; each has a blueprint of its own."""
