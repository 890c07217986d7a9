"""Pieces of text that the members of a workspace insert into messages."""

from peewee import IntegrityError, fn

from db import db
from webapp.core.errors import Invalid, NotFound

from .writing_models import Snippet

MOST = 200


def snippets_of(workspace_id):
    """The workspace's Snippets by name."""
    return list(Snippet.of(workspace_id).order_by(fn.LOWER(Snippet.name), Snippet.id))


def get_snippet(member, snippet_id):
    """Raises NotFound."""
    snippet = Snippet.of(member.workspace.id).where(Snippet.id == snippet_id).first()
    if snippet is None:
        raise NotFound("That snippet does not exist, or it was deleted.")
    return snippet


def save_snippet(snippet, name, body, *, actor):
    """Keep a text under a name; None makes a new one. Raises Invalid."""
    if not name:
        raise Invalid("Give it a name, such as Two references.", "name")
    if not body.strip():
        raise Invalid("Write what it inserts.", "body")
    if snippet is None and Snippet.of(actor.workspace.id).count() >= MOST:
        raise Invalid(f"A workspace keeps up to {MOST} snippets. Delete one first.")
    try:
        with db.atomic():
            if snippet is None:
                return Snippet.create(workspace=actor.workspace, name=name, body=body)
            Snippet.update(name=name, body=body).where(Snippet.id == snippet.id).execute()
            return Snippet.get_by_id(snippet.id)
    except IntegrityError:
        raise Invalid(f"There is a snippet called {name} already. Choose another name.", "name") from None


def delete_snippet(snippet):
    """Messages that it was inserted into keep its text."""
    Snippet.delete().where(Snippet.id == snippet.id).execute()
