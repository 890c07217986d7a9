"""The pages of mail: the Outbox, and mailboxes under /settings."""
