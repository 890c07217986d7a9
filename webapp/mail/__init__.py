"""How a mail is written and leaves: merge tags, MIME, SMTP, captured mail, and whom we must not write to."""
