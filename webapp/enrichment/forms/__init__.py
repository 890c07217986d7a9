"""What members type about enrichment, a file a page."""
