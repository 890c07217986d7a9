"""The page a member starts from: what to do next, and where things stand."""
