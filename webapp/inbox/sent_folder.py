"""Mails that are here already: where they lie now is noted, and a Sent folder shows which of ours left."""

from webapp.campaigns import launching
from webapp.campaigns.models import DeliveryState
from webapp.core.clock import now
from webapp.core.prepared import Prepared
from webapp.leads.holding import set_each

from .known import deliveries_named, one_of, together
from .models import Outgoing, ThreadMessage
from .reading_models import FolderRole
from .texts import key_of

_PLACE = (ThreadMessage.mailbox, ThreadMessage.folder, ThreadMessage.uid_validity, ThreadMessage.uid)


def recognise(mailbox, envelopes):
    """The Message-IDs of these Envelopes that need no look any more: of mails that are here, and of campaigns' own.

    What nobody knew of a mail of ours, its copy in a Sent folder settles: it left.
    """
    keys = {key_of(one.message_id): one for one in envelopes if one.message_id}
    here = list(_here(mailbox.workspace_id, keys))
    ours = deliveries_named(mailbox.workspace_id, [one.message_id for one in envelopes])
    sent = {one.message_id for one in envelopes if one.place.role is FolderRole.SENT}
    for name, delivery in ours.items():
        if name in sent and delivery.state is DeliveryState.UNKNOWN:
            launching.has_arrived(delivery)
    _settle([row.id for row in here if keys[row.message_key].message_id in sent])
    _note_places(mailbox, [(row, keys[row.message_key].place) for row in here])
    return {keys[row.message_key].message_id for row in here} | set(ours)


def _here(workspace_id, keys):
    if not keys:
        return []
    return _found(workspace=workspace_id, keys=together(keys))


@Prepared
def _found(*, workspace, keys):
    query = ThreadMessage.select(ThreadMessage.id, ThreadMessage.message_key, *_PLACE)
    return query.where(ThreadMessage.workspace == workspace, one_of(ThreadMessage.message_key, keys))


def _settle(message_ids):
    """What members wrote and nobody knows of has left, too."""
    if message_ids:
        left = Outgoing.update(state=DeliveryState.ACCEPTED, error="", changed_at=now())
        left.where(Outgoing.message.in_(message_ids), Outgoing.state == DeliveryState.UNKNOWN).execute()


def _note_places(mailbox, found):
    """A mail that was moved, or renumbered by its server, is fetched from where it lies now."""
    changed = [
        (mailbox.id, place.folder, place.uid_validity, place.uid, row.id)
        for row, place in found
        if (row.mailbox, row.folder, row.uid_validity, row.uid)
        != (mailbox.id, place.folder, place.uid_validity, place.uid)
    ]
    set_each(_PLACE, (ThreadMessage.id,), changed)
