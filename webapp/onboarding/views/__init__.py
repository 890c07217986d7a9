"""What is served on the way in, a file a noun; each has a blueprint of its own."""
