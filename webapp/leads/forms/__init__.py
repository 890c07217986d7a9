"""What people type about leads, a file a noun."""
