"""Mail that comes in: reading mailboxes, matching, understanding and answering it, threads, drafts, sync truth."""
