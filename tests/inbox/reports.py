"""Reports of mail servers, written as servers of several makes write them."""

BACK = (
    "Received: from us.example by mx.example; Sun, 22 Nov 2026 09:00:00 +0000\n"
    "From: Ada <ada@us.example>\nTo: {to}\nSubject: Hello\nMessage-ID: <one@us.example>\nMIME-Version: 1.0\n\nHello\n"
)


def delivery_status(*blocks, to="jo@acme.example", words="Your message could not be delivered.", back=BACK):
    """A report as RFC 3464 has it; `blocks` are the fields of each recipient."""
    fields = "\n\n".join(["Reporting-MTA: dns; mx.example", *blocks])
    return (
        "From: Mail Delivery System <MAILER-DAEMON@mx.example>\nTo: ada@us.example\nReturn-Path: <>\n"
        "Subject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain; charset=utf-8\n\n{words}\n\n"
        f"--b\nContent-Type: message/delivery-status\n\n{fields}\n\n"
        f"--b\nContent-Type: message/rfc822\n\n{back.format(to=to)}\n--b--\n"
    )


def block(email="jo@acme.example", status="5.1.1", said="550 5.1.1 User unknown", action="failed", original=""):
    first = f"Original-Recipient: rfc822; {original}\n" if original else ""
    return f"{first}Final-Recipient: rfc822; {email}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {said}"


def plain(words, sender="MAILER-DAEMON@mx.example", subject="failure notice", headers=""):
    """A report in mere words."""
    return (
        f"From: {sender}\nTo: ada@us.example\nSubject: {subject}\n{headers}"
        f"Content-Type: text/plain; charset=utf-8\n\n{words}"
    )
