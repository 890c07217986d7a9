"""What common providers call their servers, and what their users have to prepare. Checked in November 2026."""

from typing import NamedTuple

from .mailbox_models import Security


class Preset(NamedTuple):
    """`steps` are what to do before; `secret` is what the provider calls the password that we need."""

    name: str
    label: str
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: Security = Security.STARTTLS
    imap_host: str = ""
    imap_port: int = 993
    imap_security: Security = Security.TLS
    secret: str = "Password"
    steps: tuple = ()
    link: str = ""  # where the provider's users do that


GMAIL = Preset(
    "gmail",
    "Gmail",
    "smtp.gmail.com",
    imap_host="imap.gmail.com",
    secret="App password",
    steps=(
        "Switch on 2-Step Verification for the Google account.",
        "Make an app password there and paste its 16 letters below. Your usual password is refused.",
        "Gmail takes about 500 mails a day.",
    ),
    link="https://myaccount.google.com/apppasswords",
)
WORKSPACE = GMAIL._replace(
    name="google-workspace",
    label="Google Workspace",
    steps=(
        "Switch on 2-Step Verification for the account, if your administrator allows app passwords.",
        "Make an app password there and paste its 16 letters below. Your usual password is refused.",
        "Google Workspace takes about 2,000 mails a day.",
    ),
)
MICROSOFT = Preset(
    "microsoft",
    "Microsoft 365",
    "smtp.office365.com",
    steps=(
        "Microsoft lets programs read mail by OAuth only: use Connect with Microsoft, on the page before, if you see "
        "it there. With a password the IMAP server stays empty, and replies are not read.",
        "To send with a password, an administrator switches on Authenticated SMTP for this mailbox; security defaults "
        "block it. Microsoft is withdrawing this way in: where it is gone already, the test says so.",
        "Personal Outlook.com accounts take no passwords from programs any more.",
    ),
    link="https://admin.microsoft.com/",
)
MICROSOFT_365 = MICROSOFT._replace(imap_host="outlook.office365.com")  # by OAuth
OUTLOOK = MICROSOFT_365._replace(label="Outlook.com", smtp_host="smtp-mail.outlook.com")
FASTMAIL = Preset(
    "fastmail",
    "Fastmail",
    "smtp.fastmail.com",
    465,
    Security.TLS,
    imap_host="imap.fastmail.com",
    secret="App password",
    steps=("Under Settings, Privacy & Security, make an app password with access to Mail (IMAP and SMTP).",),
    link="https://app.fastmail.com/settings/security/apps",
)
ZOHO = Preset(
    "zoho",
    "Zoho",
    "smtppro.zoho.com",
    465,
    Security.TLS,
    imap_host="imappro.zoho.com",
    secret="App password",
    steps=(
        "Switch on IMAP access in Zoho Mail, under Mail accounts.",
        "With two-factor sign-in, make an application-specific password.",
        "Your account may be in another region: then the servers end in .eu or .in, for example smtppro.zoho.eu. "
        "Personal accounts use smtp.zoho.com and imap.zoho.com.",
    ),
    link="https://accounts.zoho.com/home#security/app_password",
)
YAHOO = Preset(
    "yahoo",
    "Yahoo",
    "smtp.mail.yahoo.com",
    465,
    Security.TLS,
    imap_host="imap.mail.yahoo.com",
    secret="App password",
    steps=("Make an app password under Account security. Your usual password is refused.",),
    link="https://login.yahoo.com/account/security",
)
ICLOUD = Preset(
    "icloud",
    "iCloud",
    "smtp.mail.me.com",
    imap_host="imap.mail.me.com",
    secret="App-specific password",
    steps=(
        "Make an app-specific password for your Apple account.",
        "With an address of your own domain, give your iCloud address as the user name.",
    ),
    link="https://account.apple.com/account/manage",
)
IONOS = Preset(
    "ionos",
    "IONOS",
    "smtp.ionos.com",
    465,
    Security.TLS,
    imap_host="imap.ionos.com",
    steps=("Use the mailbox’s own password. In other countries the servers end in .de, .co.uk, .fr, .es or .it.",),
)
HETZNER = Preset(
    "hetzner",
    "Hetzner",
    "mail.your-server.de",
    imap_host="mail.your-server.de",
    steps=("Use the mailbox’s own password from konsoleH; the user name is the whole address.",),
)
OTHER = Preset(
    "other",
    "Another provider",
    steps=("Ask your provider for the names of its SMTP and IMAP servers. Often they are mail. and your domain.",),
)
PRESETS = {one.name: one for one in (GMAIL, WORKSPACE, MICROSOFT, FASTMAIL, ZOHO, YAHOO, ICLOUD, IONOS, HETZNER, OTHER)}


def preset(name):
    """The Preset of this name, or None."""
    return PRESETS.get(name)


def provider_of(mailbox):
    """The label of whose servers a mailbox uses, or the host's name."""
    known = {one.smtp_host: one.label for one in reversed(PRESETS.values()) if one.smtp_host}
    return known.get(mailbox.smtp_host, mailbox.smtp_host)
