"""A formatted message with a file, all the way out."""

from email import message_from_bytes, policy

from tests import factories
from webapp.campaigns import attachments, launching, steps
from webapp.campaigns.models import Campaign
from webapp.mail.models import CapturedMail


def test_a_formatted_message_leaves_with_both_parts_and_its_file(cast, draft, send):
    factories.lead(cast.acme, first_name="Gina", company="Globex", city="")
    campaign = draft(body="Hi {{first_name}}{{#if city}} of {{city}}{{/if}},\n\n{{sender}}", preheader="A word")
    first = steps.steps_of(campaign)[0]
    steps.set_format(campaign, first.id, True)
    attachments.attach(campaign, first.id, "one page.pdf", b"%PDF-1.4")
    launching.start(campaign, actor=cast.alice)
    send(Campaign.get_by_id(campaign.id))
    mail = message_from_bytes(bytes(CapturedMail.get().raw), policy=policy.default)
    assert "<p>Hi Gina,</p><p>Alice Archer</p>" in mail.get_body(("html",)).get_content()
    assert "A word" in mail.get_body(("html",)).get_content()
    assert mail.get_body(("plain",)).get_content().startswith("Hi Gina,\r\n\r\nAlice Archer")
    assert [(part.get_filename(), part.get_content()) for part in mail.iter_attachments()] == [
        ("one page.pdf", b"%PDF-1.4")
    ]
