"""create_app(): the one place where every part meets."""

from flask import Flask
from flask_login import LoginManager
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

import tasks  # noqa: F401  declares the jobs
from db import open_database

from .accounts.sign_ups import sign_up_is_open
from .accounts.views.pictures import bp as pictures_bp
from .admin.views.audit import bp as admin_audit_bp
from .admin.views.mail import bp as admin_mail_bp
from .admin.views.start import bp as admin_bp
from .admin.views.users import bp as admin_users_bp
from .admin.views.workspaces import bp as admin_workspaces_bp
from .auth import sessions
from .auth.views.google import bp as google_bp
from .auth.views.invitations import bp as invitations_bp
from .auth.views.members import bp as members_bp
from .auth.views.password import bp as password_bp
from .auth.views.profile import bp as profile_bp
from .auth.views.profile import picture as upload_picture
from .auth.views.profile import settings_bp
from .auth.views.recovery import bp as recovery_bp
from .auth.views.second_factor import bp as second_factor_bp
from .auth.views.sessions import bp as sessions_bp
from .auth.views.sign_in import bp as auth_bp
from .auth.views.two_factor import bp as two_factor_bp
from .auth.views.verification import bp as verification_bp
from .auth.views.workspace import bp as workspace_bp
from .auth.views.workspaces import bp as workspaces_bp
from .campaigns import adding, mailbox_needs  # noqa: F401  says who needs a mailbox
from .campaigns.views import adding as adding_to_campaigns  # noqa: F401  shares the blueprint
from .campaigns.views import audience as audiences  # noqa: F401  so does this
from .campaigns.views import campaign_files, mail_log, one_recipient, rehearsal, reports  # noqa: F401  these
from .campaigns.views import editing as writing_campaigns  # noqa: F401  and this
from .campaigns.views import steering as steering_campaigns  # noqa: F401  and this
from .campaigns.views.campaigns import bp as campaigns_bp
from .campaigns.views.leaving import unsubscribe
from .campaigns.views.sequence import add_file
from .campaigns.views.snippets import bp as snippets_bp
from .campaigns.views.tracking import bp as tracking_bp
from .config import ROOT, activate, load
from .core.jobs import open_queue
from .enrichment import adding as enrichment_adding
from .enrichment.views import choosing, deciding, drafts, files, steering  # noqa: F401  they share the blueprint
from .enrichment.views import jobs as enrichment_jobs  # noqa: F401  so does this
from .enrichment.views import lead as on_lead  # noqa: F401  and this
from .enrichment.views import quality as enrichment_quality  # noqa: F401  and this
from .enrichment.views.settings import bp as enrichment_settings_bp
from .enrichment.views.shared import bp as enrichment_bp
from .home.queries import beside_pages
from .home.views import bp as home_bp
from .imports.views import check, columns, options, rows, run  # noqa: F401  they share the blueprint
from .imports.views.shared import bp as imports_bp
from .imports.views.upload import new as upload
from .inbox.views import drafts as keeping_drafts  # noqa: F401  shares the blueprint
from .inbox.views import reading as inbox_reading  # noqa: F401  shares the blueprint of settings
from .inbox.views import steering as steering_threads  # noqa: F401  shares the blueprint
from .inbox.views import thread  # noqa: F401  so does this
from .inbox.views.assistant import bp as assistant_bp
from .inbox.views.drafts import add_files
from .inbox.views.inbox import bp as inbox_bp
from .inbox.views.replying import bp as inbox_replies_bp
from .inbox.views.settings import bp as inbox_settings_bp
from .inbox.views.suggesting import bp as inbox_suggestions_bp
from .inbox.views.words import LABELS, RULES
from .leads.bulk_kinds import KINDS
from .leads.fields import FIELDS
from .leads.filters import SIZES
from .leads.handing_on import leads_owned
from .leads.models import Stage
from .leads.pipeline import LOST_REASONS
from .leads.views import (  # noqa: F401  they share the blueprint
    board,
    bulk,
    bulk_actions,
    custom_facts,
    due_cell,
    exports,
    facts,
    filtering,
    lead,
    lists,
    new,
    notes,
    peek,
    stage,
    table,
)
from .leads.views.bin import bp as bin_bp
from .leads.views.centers import bp as centers_bp
from .leads.views.duplicates import bp as duplicates_bp
from .leads.views.fields import bp as custom_fields_bp
from .leads.views.history import bp as history_bp
from .leads.views.saved_views import bp as views_bp
from .leads.views.saved_views import pinned_of
from .leads.views.scores import bp as score_bp
from .leads.views.shared import bp as leads_bp
from .leads.views.tags import bp as tags_bp
from .leads.views.tags import lead_bp as lead_tags_bp
from .leads.views.todos import bp as todos_bp
from .mail.views import by_oauth  # noqa: F401  shares the blueprint
from .mail.views.mailboxes import bp as mailboxes_bp
from .mail.views.outbox import bp as mail_bp
from .mail.views.suppression import add as add_suppressions
from .mail.views.suppression import bp as suppression_bp
from .monitoring.views import bp as monitoring_bp
from .onboarding.views.leaving import bp as leaving_bp
from .onboarding.views.setup import bp as setup_bp
from .onboarding.views.sign_up import bp as onboarding_bp
from .palette.views import bp as palette_bp
from .web import (
    assets,
    database,
    errors,
    filters,
    guards,
    hypermedia,
    ids,
    kept,
    locale,
    logs,
    security,
    settings,
    shell,
)
from .web.ui import bp as ui_bp

csrf = CSRFProtect()
BLUEPRINTS = (
    auth_bp,
    google_bp,
    second_factor_bp,
    two_factor_bp,
    sessions_bp,
    recovery_bp,
    password_bp,
    verification_bp,
    workspaces_bp,
    workspace_bp,
    members_bp,
    invitations_bp,
    settings_bp,
    profile_bp,
    pictures_bp,
    onboarding_bp,
    leaving_bp,
    setup_bp,
    home_bp,
    palette_bp,
    leads_bp,
    views_bp,
    duplicates_bp,
    bin_bp,
    history_bp,
    todos_bp,
    centers_bp,
    custom_fields_bp,
    tags_bp,
    score_bp,
    lead_tags_bp,
    imports_bp,
    enrichment_bp,
    enrichment_settings_bp,
    mail_bp,
    suppression_bp,
    mailboxes_bp,
    campaigns_bp,
    inbox_bp,
    snippets_bp,
    tracking_bp,
    inbox_replies_bp,
    inbox_suggestions_bp,
    assistant_bp,
    inbox_settings_bp,
    monitoring_bp,
    admin_bp,
    admin_users_bp,
    admin_workspaces_bp,
    admin_audit_bp,
    admin_mail_bp,
)
CSRF_EXEMPT = (
    upload,  # checks the token itself, once it knows who asks and has said how much it takes
    upload_picture,  # so does this
    add_file,  # and this
    add_files,  # and this
    add_suppressions,  # and this
    unsubscribe,  # a mail program's one-click POST (RFC 8058) has no cookie and no token
)
BODY_LIMIT = 1_000_000  # bytes of a form; the upload form has its own


def _tell_templates(app):
    """What every template knows of."""
    stages = [(one.value, one.label) for one in Stage]
    app.jinja_env.globals.update(dom_id=hypermedia.dom_id, stages=stages, fields=FIELDS, sizes=SIZES)
    app.jinja_env.globals.update(lost_reasons=LOST_REASONS, sign_up_is_open=sign_up_is_open, leads_owned=leads_owned)
    app.jinja_env.globals.update(thread_labels=LABELS, matched_rules=RULES)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def create_app(config=None):
    """The Flask app for `config` (default: the environment's). Opens the database and the queue."""
    config = config or load()
    activate(config)
    app = Flask(__name__, template_folder=ROOT / "templates", static_folder=ROOT / "static")
    app.config.update(
        GALENA=config,
        SECRET_KEY=config.secret_key,
        SECRET_KEY_FALLBACKS=list(config.secret_key_fallbacks),
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        MAX_FORM_MEMORY_SIZE=BODY_LIMIT,
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session
        TESTING=config.testing,
        TEMPLATES_AUTO_RELOAD=config.development,
    )
    app.url_map.converters["int"] = ids.RowId
    open_database(config.database_url, connections=config.connections)
    open_queue(config.queue_url)
    KINDS["campaign"] = adding.KIND  # leads know no campaigns, yet their bulk actions add to these
    KINDS["enrich"] = enrichment_adding.KIND  # and to what is enriched
    if config.trusted_proxies:
        proxies = config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)
    logs.register(app)
    database.connect_per_request(app)  # before every hook that may need the member
    security.register(app, config)
    _sign_in_with_sessions(app)
    guards.enforce(app)  # before CSRF: whose session is gone is sent to sign in, not told to reload
    csrf.init_app(app)
    for view in CSRF_EXEMPT:
        csrf.exempt(view)
    assets.register(app)
    app.after_request(hypermedia.append_toasts)  # after assets: what is registered last runs first, before compressing
    errors.register(app)
    locale.register(app)
    filters.register(app)
    settings.register(app)
    _tell_templates(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if config.development or config.testing:
        app.register_blueprint(ui_bp)

    shell.register(
        app,
        kept.register(app),
        pinned_views=pinned_of,
        mail_captured=config.mail_url is None,
        beside=beside_pages,
    )
    return app


def _sign_in_with_sessions(app):
    login = LoginManager(app)
    login.session_protection = None  # a session is a row: it ends there, not when an address changes
    login.user_loader(lambda token: locale.speak_to(sessions.member_for(token)))
    app.config.update(
        PERMANENT_SESSION_LIFETIME=sessions.REMEMBERED.absolute,
        SESSION_REFRESH_EACH_REQUEST=False,  # the row says how long; a page that changes nothing sets no cookie
    )
