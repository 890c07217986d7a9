"""Counting an audience while somebody writes to it: of 100,000 leads it takes a second, and the editor saves after each
pause in typing.
"""

import json
from collections import OrderedDict
from time import monotonic

from . import audience

SECONDS, KEPT = 120, 64
_known = OrderedDict()  # {what a count depends on besides the leads: (when it was counted, the Count)}


def counted(member, campaign, fields, own, *, keep=False):
    """audience.counted() of a campaign; `keep`: what was counted lately for the same audience and fields will do."""
    whom, born = campaign.whom, campaign.created_at.timestamp()
    key = json.dumps([member.workspace.id, member.user_id, member.reach, born, whom, sorted(fields)], sort_keys=True)
    at, count = _known.get(key, (0, None))
    if not keep or count is None or monotonic() - at > SECONDS:
        count = audience.counted(member, whom, fields, own)
        _known[key] = monotonic(), count
        while len(_known) > KEPT:
            _known.popitem(last=False)
    return count
