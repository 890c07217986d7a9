"""Pages of campaigns, a file a noun."""
