"""Whether the program is well, for people and for machines."""
