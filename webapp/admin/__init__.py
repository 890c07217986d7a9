"""What site admins see and do: people, workspaces, the audit log, and the mails that Galena itself owes."""
