"""The first minutes: signing up, and a workspace to look around in."""
