"""What people type about mail, a file a noun."""
