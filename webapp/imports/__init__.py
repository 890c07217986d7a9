"""Imports: reading a team's file, matching its columns, running it in the background, and telling what became of it."""
