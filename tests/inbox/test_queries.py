"""What a member sees of the inbox."""

import pytest

from tests import factories
from tests.inbox.threads import make_thread
from webapp.accounts.models import Reach
from webapp.core.errors import NotFound
from webapp.inbox import queries


def test_a_thread_is_there_for_who_sees_its_lead_or_has_it_to_answer(cast):
    olga = factories.member(cast.acme, "Olga Own", reach=Reach.OWN)
    hers, his = (factories.lead(cast.acme, name, owner=who.user_id) for name, who in (("A", olga), ("B", cast.bob)))
    own, other = make_thread(hers), make_thread(his)
    given, stranger = make_thread(his, assignee=olga.user_id), make_thread(None, workspace=cast.acme)
    assert [queries.get_thread(cast.alice, one.id).id for one in (own, other, given, stranger)]
    assert [queries.get_thread(olga, one.id).id for one in (own, given)]
    for hidden, member in ((other, olga), (stranger, olga), (own, cast.charlie)):
        with pytest.raises(NotFound):
            queries.get_thread(member, hidden.id)
    with pytest.raises(NotFound):
        queries.get_thread(cast.alice, 2**40)


def test_a_thread_comes_with_what_it_is_about(cast):
    lead = factories.lead(cast.acme, "Globex")
    thread = queries.get_thread(cast.alice, make_thread(lead, assignee=cast.bob.user_id).id)
    assert thread.lead.company == "Globex" and thread.assignee.full_name == "Bob Baker"
    assert thread.campaign is None and thread.mailbox is None
