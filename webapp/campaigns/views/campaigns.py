from flask import Blueprint

from .. import audience, queries

bp = Blueprint("campaigns", __name__)


@bp.app_context_processor
def shared():
    return {"describe_audience": audience.describe, "steers": queries.steers}
