"""Writing to many leads: drafts, audiences, the send ledger, the mail log, and people's way out."""
