"""What a look at something found, as the checklists of the design show it."""

from typing import NamedTuple


class Finding(NamedTuple):
    """`state` is ok, info, warn or bad; what is bad would do harm, so it keeps a campaign from starting.

    `help` says how to mend it, `fix` where (a key that the page knows an address for) and `record` what to write there.
    """

    state: str
    text: str
    help: str = ""
    fix: str = ""
    record: str = ""


def blocks(findings):
    """Those of these Findings that keep a campaign from starting."""
    return [finding for finding in findings if finding.state == "bad"]
