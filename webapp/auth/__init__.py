"""Proving who somebody is: passwords, session rows, and how often one may try."""
