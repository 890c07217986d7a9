"""Leads: people at companies that might buy, their stages, their timeline, and finding them again."""
