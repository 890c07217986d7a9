"""Every background job and schedule, and nothing else. Each loads by id, calls one verb, and may run twice."""

from huey import crontab

from webapp.accounts import erasing
from webapp.auth import google, throttle, tokens
from webapp.campaigns import adding, launching, rehearsal, sending, sequencing, stopping
from webapp.core import lanes
from webapp.core.jobs import job, later
from webapp.enrichment import leases as enrichment_leases
from webapp.enrichment import pagestore
from webapp.enrichment import running as enriching
from webapp.imports import checking, running, turns, undoing, uploading
from webapp.inbox import assistant, model_labels, model_requests, outgoing, reading, suggesting, threads
from webapp.inbox import sending as answering
from webapp.inbox import troubles as reading_troubles
from webapp.leads import assignment, bin, bulk_running, digest, handing_on, removing, score_running, words
from webapp.llm import budgets
from webapp.mail import notices, suppression


@job(every=crontab(minute="17", hour="*"))
def sweep_attempts():
    """Forget rate-limit windows that nobody counts in, links that are too old, mails of our own long sent, and pauses
    of leads that are over.
    """
    throttle.sweep()
    tokens.sweep()
    notices.sweep()
    suppression.sweep()


@job(every=crontab(minute="43", hour="*"))
def empty_bins():
    """Delete for good the leads that have been in the bin for a month, in batches."""
    bin.empty()


@job(every=crontab(minute="29", hour="*"))
def sweep_pages():
    """Delete pages of the public web that enrichment read and nobody asked for in a while, and what the assistant was
    asked long ago, in batches.
    """
    pagestore.sweep_pages()
    assistant.sweep()


@job(every=crontab(minute="*/10"))
def release_model_calls():
    """Give back what calls of the model reserved whose process was killed, and ask again about mails of which no answer
    came.
    """
    budgets.sweep()
    model_labels.requeue_missed()


@job(every=crontab(minute="*/5"))
def owe_digests():
    """Owe the mail with their to-dos to those for whom it is morning."""
    digest.owe_digests()


@job(every=crontab(minute="*/5"))
def take_in_leads():
    """Add the leads that came to their audiences to the campaigns that keep adding."""
    adding.take_in_leads()


@job(every=crontab(minute="*"))
def wake_snoozed():
    """Open the conversations again whose time has come."""
    threads.wake_snoozed()


@job(every=crontab(minute="*"))
def tell_troubles():
    """Tell people of mailboxes that are not read any more, once and again each day."""
    reading_troubles.tell()


@job(every=crontab(minute="11", hour="2"))
def rescore_by_time():
    """Score the leads again of workspaces whose rules ask how long something is ago."""
    score_running.ask_by_time()


SWEEP_AGAIN = (20, 40)  # seconds: a schedule fires once a minute, a stalled row should not wait that long


@job(every=crontab(minute="*"))
def sweep_on_schedule():
    """Look for stalled rows now and twice more within the minute."""
    for delay in (0, *SWEEP_AGAIN):
        later("sweep", delay=delay)


@job()
def sweep():
    """Wake what a crash left (rows are the truth, the queue only wakes). Runs when a worker starts, too."""
    launching.requeue_stalled()
    turns.requeue_stalled()
    checking.requeue_stalled()
    notices.requeue_stalled()
    handing_on.requeue_stalled()
    removing.requeue_stalled()
    bulk_running.requeue_stalled()
    assignment.requeue_stalled()
    score_running.requeue_stalled()
    erasing.requeue_stalled()
    enrichment_leases.requeue_stalled()
    reading.requeue_stalled()
    outgoing.requeue_stalled()
    model_requests.requeue_stalled()


@job()
def send_notice(notice_id):
    """Send one mail that Galena itself owes somebody; wakes itself when it has to try again."""
    notices.send_notice(notice_id)


@job()
def fetch_picture(user_id, url):
    """Bring the picture that somebody new has at Google."""
    google.fetch_picture(user_id, url)


@job()
def check_import(import_id):
    """Look through the rows of an import before it runs; goes on by itself where something was changed meanwhile."""
    checking.run_check(import_id)


@job()
def send_mail(mailbox_id):
    """Send what is due through a mailbox; wakes itself when it goes on."""
    sending.send_mail(mailbox_id)


@job()
def send_outgoing(outgoing_id):
    """Send one mail that a member wrote; wakes itself when it has to try again."""
    answering.send_outgoing(outgoing_id)


@job()
def take_manual_steps(campaign_id):
    """Make to-dos of the steps of a campaign that persons do and that are due."""
    sequencing.take_manual_steps(campaign_id)


@job(every=crontab(minute="*"))
def sweep_sequences():
    """End sequences of leads to whom something happened, and make to-dos of manual steps that are due."""
    stopping.sweep()
    sequencing.sweep()


@job()
def check_domains(campaign_id):
    """Ask DNS about the domains that a campaign sends from."""
    rehearsal.check_domains(campaign_id)


@job()
def run_import(import_id):
    """Import what is left of a file, in batches; the sweep wakes it when a crash took it."""
    running.run_import(import_id)


@job()
def run_undo(import_id):
    """Undo what is left of an import, in batches; the sweep wakes it when a crash took it."""
    undoing.run_undo(import_id)


@job()
def run_enrichment(job_id):
    """Look up the companies of an enrichment that are left; the sweep wakes it when a crash took it."""
    enriching.run_enrichment(job_id)


@job(lane=lanes.READING)
def read_mailbox(mailbox_id):
    """Read what is new in a mailbox; wakes itself for its next turn, and the sweep wakes it when a crash took it."""
    reading.read_mailbox(mailbox_id)


@job(lane=lanes.MODEL)
def label_thread(message_id):
    """Ask the model what a mail says that the rules did not understand."""
    model_labels.label_thread(message_id)


@job(lane=lanes.MODEL)
def write_suggestion(suggestion_id):
    """Let the model draft an answer to a mail; the sweep wakes it when a crash took it."""
    suggesting.write_suggestion(suggestion_id)


@job(lane=lanes.MODEL)
def answer_question(question_id):
    """Let the model answer what a member asked; the sweep wakes it when a crash took it."""
    assistant.answer_question(question_id)


@job()
def hand_leads_on(departure_id):
    """Hand on the leads of somebody who left a workspace, in batches; the sweep wakes it when a crash took it."""
    handing_on.hand_leads_on(departure_id)


@job()
def remove_from_leads(removal_id):
    """Take a deleted tag, custom field or option from the leads that have it."""
    removing.remove_from_leads(removal_id)


@job()
def run_bulk(action_id):
    """Do what is left of a bulk action or of its undo, in batches; the sweep wakes it when a crash took it."""
    bulk_running.run_bulk(action_id)


@job()
def score_leads(workspace_id):
    """Score the leads that changed, or all of them after the rules did; the sweep wakes it for either."""
    score_running.score_leads(workspace_id)


@job()
def erase_workspace(workspace_id):
    """Delete a workspace that was given up: no mail leaves any more, then its files and its rows go."""
    launching.pause_all(workspace_id, "The workspace was deleted.")
    uploading.remove_files(workspace_id)
    words.forget(workspace_id)
    erasing.erase_workspace(workspace_id)


@job()
def assign_waiting(center_id, actor_id):
    """Find owners for the leads of a center that have none, in batches; the sweep wakes it when a crash took it."""
    assignment.run_waiting(center_id, actor_id)
