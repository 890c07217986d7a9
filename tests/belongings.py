"""One row of everything in Acme, for the tests that ask who gets to see or change it."""

import io
from email.message import EmailMessage

from tests import factories
from tests.enrichment import claimed
from tests.inbox.threads import make_thread
from webapp.accounts import centers, pictures
from webapp.accounts.invitations import invite
from webapp.accounts.models import Notice
from webapp.campaigns import drafts, launching, sending, snippets
from webapp.campaigns.models import Delivery, Recipient
from webapp.core.crypto import encrypt
from webapp.enrichment.companies import company_of
from webapp.enrichment.models import Conflict, EnrichmentResult, Fact, Policy
from webapp.imports.checking import ask_check
from webapp.imports.fixing import fix_cell
from webapp.imports.models import ImportFix
from webapp.imports.starting import keep_options
from webapp.imports.uploading import upload
from webapp.inbox.assistant_models import Question
from webapp.inbox.models import Direction, Outgoing, ThreadMessage
from webapp.leads import bulk_running, custom_fields, saved_views, scoring, tags, todos
from webapp.leads.conditions import Condition
from webapp.leads.editing import edit_lead
from webapp.leads.filters import Filter
from webapp.leads.models import ActivityKind
from webapp.leads.timeline import record
from webapp.mail import mailboxes, suppression_list
from webapp.mail.models import CapturedMail, Suppression
from webapp.models import ALL

SECRET = "zyxsecret"  # in all of Alice's names, addresses and texts
WORDS = {
    "name": "title", "stage": "new", "listed": "rejected", "step": "leads", "token": "x", "category": "info",
    "way": "up", "column": "value", "number": "0",
}  # fmt: skip


def belongings(cast, run_jobs):
    """{the name that its id has in addresses: the id} of rows that are Alice's."""
    lead = factories.lead(cast.acme, company=SECRET, email=f"{SECRET}@globex.example", owner=cast.alice.user_id)
    imported = upload(cast.alice, f"{SECRET}.csv", io.BytesIO(b"E-mail,Name\nann@globex.example,Ann Archer\n"))
    campaign = _campaign(cast.alice)
    launching.start(campaign, actor=cast.alice)
    sending.send_campaign(campaign.id)
    invitation = invite(cast.alice, f"{SECRET}@acme.example")
    run_jobs()
    result, fact = _enriched(cast.alice)
    changed = record(cast.acme, lead.id, ActivityKind.EDITED, {"changes": {"title": ["", SECRET]}})
    return {
        "lead_id": lead.id,
        "import_id": imported.id,
        "fix_id": _fix(imported).id,
        "campaign_id": campaign.id,
        "draft_id": _campaign(cast.alice).id,
        "delivery_id": Delivery.get().id,
        "recipient_id": Recipient.get(Recipient.campaign == campaign.id).id,
        "mail_id": CapturedMail.get().id,
        "member_id": cast.bob.user_id,
        "account_id": cast.bob.user_id,
        "place_id": cast.acme.id,
        "invitation_id": invitation.id,
        "action_id": _bulk(cast.alice).id,
        "center_id": centers.create_center(cast.acme, "Berlin").id,
        "digest": pictures.keep(cast.alice.user_id, factories.picture()),
        "change_id": changed.id,
        "entry_id": record(cast.acme, lead.id, ActivityKind.NOTE, {"text": SECRET}, actor_id=cast.alice.user_id).id,
        "other_id": factories.lead(cast.acme, company=SECRET, owner=cast.alice.user_id).id,
        "notice_id": Notice.select().first().id,
        "field_id": _field(cast.alice).id,
        "tag_id": _tag(cast.alice, lead).id,
        "view_id": saved_views.create_view(cast.alice, SECRET, Filter(), is_shared=False).id,
        "rule_id": _rule(cast.alice).id,
        "mailbox_id": _mailbox(cast.alice).id,
        "suppression_id": _suppression(cast.alice).id,
        "todo_id": todos.add_todo(lead, {"title": SECRET}, actor=cast.alice).id,
        "job_id": result.job_id,
        "result_id": result.id,
        "fact_id": fact.id,
        "conflict_id": Conflict.get().id,
        **_conversation(cast.alice, lead),
        "question_id": Question.create(workspace=cast.acme, user=cast.alice.user_id, text=SECRET, answer=SECRET).id,
        "snippet_id": snippets.save_snippet(None, "Ours", "For all who write", actor=cast.alice).id,
    }


def _conversation(member, lead):
    """A thread with a mail that Alice wrote, with a file."""
    mails = [("in", SECRET), ("out", SECRET, {"attachments": [{"name": SECRET, "type": "text/plain", "size": 1}]})]
    thread = make_thread(lead, subject=SECRET, mails=mails, assignee=member.user_id)
    written = EmailMessage()
    written.set_content(SECRET)
    written.add_attachment(SECRET, filename=SECRET)
    message = ThreadMessage.get(ThreadMessage.thread == thread, ThreadMessage.direction == Direction.OUT)
    whose = {"workspace": lead.workspace_id, "user": member.user_id}
    row = Outgoing.create(**whose, message=message, token="x", raw=bytes(written))
    return {"thread_id": thread.id, "message_id": message.id, "outgoing_id": row.id}


def _fix(imported):
    """A cell of the file that was mended, and the rows checked with it."""
    keep_options(imported, basis="interest", basis_note=SECRET)
    ask_check(imported)
    fix_cell(imported, 1, 1, SECRET)
    ask_check(imported)
    return ImportFix.get()


def _bulk(member):
    """A bulk action that found nothing to change."""
    return bulk_running.begin(member, "stage", {"stage": "lost", "words": SECRET}, Filter(search="nobody at all"))


def _rule(member):
    """What it asks is no secret: every member sees by which rules leads are scored."""
    return scoring.add_rule(member.workspace, "fit", Condition.read("country.is.Peru"), 20, actor=member)


def _field(member):
    """Its name is no secret, nor is a tag's: every member may give them to leads."""
    return custom_fields.create_field(member.workspace, "Tier", "choice", ["Gold", "Silver"], actor=member)


def _mailbox(member):
    """Its address is no secret: every member sees which mailboxes there are."""
    return mailboxes.insert(
        member,
        {"email": "alice@acme.example", "smtp_host": "127.0.0.1", "smtp_port": 1, "signature": SECRET,
         "username": SECRET, "secret": encrypt(SECRET, mailboxes.SECRET), "last_error": SECRET},
    )  # fmt: skip


def _tag(member, lead):
    tag = tags.named(member.workspace, "Partner")
    tags.tag_lead(lead, tag, actor=member)
    return tag


def _suppression(member):
    suppression_list.add_pasted(member, f"{SECRET}@initech.example")
    return Suppression.get()


def _enriched(member):
    """(EnrichmentResult, Fact) of a company that was looked up, and a lead there of which the fact says otherwise."""
    lead = factories.lead(member.workspace, company=SECRET, domain="initech.example", owner=member.user_id)
    edit_lead(lead, {"industry": SECRET}, actor=member)
    company = company_of(member.workspace.id, domain="initech.example", name=SECRET)
    found = claimed.claim("industry", f"{SECRET} trade", quote=SECRET, url=f"https://initech.example/{SECRET}")
    claimed.enrich(member, company, found, lead=lead, policy=Policy.OVERWRITE)
    EnrichmentResult.update(company=company.id, domain="initech.example", error=SECRET).execute()
    return EnrichmentResult.get(), Fact.get()


def _campaign(member):
    fields = {
        "name": SECRET,
        "audience": {"kind": "all", "stage": "", "q": ""},
        "sender_name": "Alice",
        "reply_to": "alice@acme.example",
        "rate_per_minute": 6000,
        "subject": f"Hello {SECRET} {{{{first_name}}}}",
        "body": "Hi {{first_name|there}}",
    }
    return drafts.save_draft(None, fields, actor=member)


def everything():
    """Every row of every table but sessions and attempts, to see that nothing changed."""
    return {
        model.__name__: sorted(map(str, model.select().tuples()))
        for model in ALL
        if model.__name__ not in ("Session", "Attempt")
    }
