"""What is typed on the way in, a file a noun."""
