"""Every table, in creation order. For migrations and tests only."""

from .accounts.models import Membership, User, Workspace
from .auth.models import Attempt, Session
from .campaigns.models import Campaign, Content, Delivery, Recipient, Step
from .imports.models import Import, ImportRow
from .leads.models import Activity, Lead, StageTotal
from .mail.models import CapturedMail, Suppression

ALL = [
    Workspace, User, Membership, Session, Attempt, Import, Lead, StageTotal, Activity, ImportRow,
    Suppression, CapturedMail, Campaign, Step, Recipient, Delivery, Content,
]  # fmt: skip
