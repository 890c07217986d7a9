"""The pages under /admin, a file a noun. Only site admins get in."""
