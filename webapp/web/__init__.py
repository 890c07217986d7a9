"""Flask's edge: requests, answers, headers, guards. The only package besides views, forms and commands that knows Flask."""
