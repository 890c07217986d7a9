"""What people type to prove who they are, a file a noun."""
