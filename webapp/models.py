"""Every table, in creation order. For migrations and tests only."""

from .accounts.models import (
    AuditEntry,
    Center,
    CenterMember,
    Departure,
    Invitation,
    Membership,
    Notice,
    Picture,
    User,
    Workspace,
)  # fmt: skip
from .auth.models import Account, Attempt, RecoveryCode, Session, Token, TwoFactor
from .campaigns.models import (
    Campaign,
    CampaignEvent,
    CampaignHour,
    CampaignMailbox,
    Content,
    Delivery,
    Recipient,
    Step,
)
from .campaigns.tracking_models import TrackedEvent, TrackedLink
from .campaigns.writing_models import Attachment, Snippet, StepVersion
from .enrichment.models import (
    Company,
    Conflict,
    CoverageDay,
    EnrichmentJob,
    EnrichmentResult,
    EnrichmentSettings,
    Fact,
    LeadWrite,
)
from .enrichment.page_models import FetchedPage, HostTurn
from .imports.models import CheckedRow, Import, ImportFix, ImportRow, ImportShape, UndoKept
from .inbox.assistant_models import Question, Suggestion
from .inbox.models import Draft, DraftFile, InboxSettings, Outgoing, Thread, ThreadMessage
from .inbox.reading_models import BrokenMail, MailboxReading, MailFolder
from .leads.field_models import CustomField, CustomValue, LeadTag, Removal, Tag
from .leads.list_models import BulkAction, BulkItem, DuplicateGroup, NotDuplicate, PinnedView, SavedView, ScoreRule
from .leads.models import Activity, HandOver, Lead, StageTotal, Todo
from .leads.score_models import ScoreMark, ScoreRun
from .leads.total_models import LeadDay, LeadHour, ReachTotal
from .llm.models import ModelCall
from .mail.mailbox_models import Mailbox, MailboxDay, MailboxTurn
from .mail.models import CapturedMail, DomainCheck, Suppression
from .onboarding.models import SetupStep

ALL = [
    Workspace, User, Membership, Departure, Session, Attempt, Picture, Center, CenterMember, Invitation, Notice,
    AuditEntry, Token, Account, TwoFactor, RecoveryCode, SetupStep, Import, Lead, StageTotal, Activity, HandOver,
    Todo, Tag, LeadTag, CustomField, CustomValue, Removal, SavedView, PinnedView, BulkAction, BulkItem, ScoreRule,
    NotDuplicate, DuplicateGroup, ImportRow, CheckedRow, ImportFix,
    ImportShape, UndoKept, Suppression, CapturedMail, DomainCheck, Mailbox, MailboxDay, MailboxTurn, Campaign,
    CampaignMailbox, Step, StepVersion, Attachment, Snippet, Recipient, Delivery, Content, CampaignEvent, TrackedLink,
    TrackedEvent,
    LeadDay, LeadHour, ReachTotal, CampaignHour, ScoreRun, ScoreMark,
    ModelCall, Company, EnrichmentSettings, EnrichmentJob, EnrichmentResult, Fact, LeadWrite, Conflict, CoverageDay,
    FetchedPage, HostTurn,
    MailFolder, MailboxReading, BrokenMail, Thread, ThreadMessage, Draft, DraftFile, Outgoing, InboxSettings,
    Suggestion, Question,
]  # fmt: skip
