"""What members type about campaigns, a file a page."""
