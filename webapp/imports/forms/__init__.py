"""The forms of imports, by step."""
