from flask import Blueprint

from db import db
from webapp.web.guards import public

bp = Blueprint("monitoring", __name__)


@bp.get("/health")
@public
def health():
    """Alive: this process answers and its database does too."""
    db.execute_sql("SELECT 1")
    return {"status": "ok"}
