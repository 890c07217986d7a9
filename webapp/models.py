"""Every table, in creation order. For migrations and tests only."""

from .accounts.models import Membership, User, Workspace
from .auth.models import Attempt, Session
from .imports.models import Import, ImportRow
from .leads.models import Activity, Lead, StageTotal

ALL = [Workspace, User, Membership, Session, Attempt, Import, Lead, StageTotal, Activity, ImportRow]
