"""Who must not be written to. What keeps that list stands above imports, so it says here how it is asked."""

_look_ups = []


def asks(look_up):
    """Register `look_up(workspace_id, emails)`, which returns a set of those that are on a list."""
    _look_ups.append(look_up)
    return look_up


def suppressed(workspace_id, emails):
    """Those of these addresses (in lower case) that the workspace must not write to."""
    return set().union(*(look_up(workspace_id, emails) for look_up in _look_ups)) if emails else set()
