"""Flask's edge: requests, answers, headers, guards. Besides this only views, forms and commands know Flask."""
