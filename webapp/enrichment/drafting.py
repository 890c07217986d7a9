"""A draft made of pasted names, all at once: nothing is kept of names that cannot be read."""

from . import adding, jobs, pasted


def draft_of_names(member, text, *, anyway=False, **options):
    """(the draft, Bads of pasted.py). Without `anyway` there is no draft as long as a line names no company.

    Raises Invalid as jobs.new_job() and adding.add_names() do.
    """
    named, bad = pasted.read(text)
    if named and bad and not anyway:
        return None, bad
    if not named:
        adding.refuse(bad)
    job = jobs.new_job(member, **options)
    adding.add_names(job, text)
    return job, bad
