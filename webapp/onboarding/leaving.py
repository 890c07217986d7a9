"""What somebody who deletes their account gives up, counted."""

from peewee import fn

from webapp.leads.models import StageTotal


def lead_counts(workspaces):
    """{workspace id: how many leads it has}, 0 for none."""
    ids = [workspace.id for workspace in workspaces]
    query = StageTotal.select(StageTotal.workspace, fn.SUM(StageTotal.leads)).where(StageTotal.workspace.in_(ids))
    return {**dict.fromkeys(ids, 0), **dict(query.group_by(StageTotal.workspace).tuples())}
