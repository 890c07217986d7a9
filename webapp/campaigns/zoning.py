"""In which zone a recipient's windows are: where the lead is, as far as its country and city tell."""

from collections import defaultdict

from webapp.leads.local_time import zone_of
from webapp.leads.models import Lead

from .models import Recipient, WhoseZone

BATCH = 5000  # recipients looked at in one go
AT_ONCE = 500  # ids in one statement


def put_zones(campaign):
    """Find the zones of recipients that have none, if the campaign asks for theirs. In the caller's transaction."""
    if campaign.whose_zone is not WhoseZone.LEAD:
        return
    last = 0
    while True:
        query = Recipient.select(Recipient.id, Lead.country, Lead.city).join(Lead)
        query = query.where(Recipient.campaign == campaign.id, Recipient.zone == "", Recipient.id > last)
        rows = list(query.order_by(Recipient.id).limit(BATCH).tuples())
        if not rows:
            return
        last, by_zone = rows[-1][0], defaultdict(list)
        for recipient_id, country, city in rows:
            by_zone[zone_of(country, city)[:40]].append(recipient_id)
        by_zone.pop("", None)
        for zone, ids in by_zone.items():
            for start in range(0, len(ids), AT_ONCE):
                Recipient.update(zone=zone).where(Recipient.id.in_(ids[start : start + AT_ONCE])).execute()
