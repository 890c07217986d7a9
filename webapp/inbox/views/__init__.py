"""Pages of the inbox, a file a noun."""
