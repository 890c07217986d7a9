"""The command palette: one field from which a member gets to any lead, view, campaign or page, and starts anything."""
