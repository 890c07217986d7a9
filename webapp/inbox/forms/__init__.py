"""What members type in the inbox, a file a page."""
