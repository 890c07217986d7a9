"""Pages of enrichment, a file a noun."""
