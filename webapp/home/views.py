from flask import Blueprint

from webapp.web.guards import needs
from webapp.web.hypermedia import page

bp = Blueprint("home", __name__)


@bp.get("/")
@needs("view")
def index():
    return page("home/index.html")
