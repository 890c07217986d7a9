"""What still needs a mailbox. Campaigns stand above mail, so it says here how they are asked."""

_look_ups = []


def tells_uses(look_up):
    """Register `look_up(mailbox)`, which returns the names of what sends through it, or is meant to."""
    _look_ups.append(look_up)
    return look_up


def uses(mailbox):
    """The names of what needs `mailbox`."""
    return [name for look_up in _look_ups for name in look_up(mailbox)]
