"""People's pictures, under an address that changes with the picture."""

from flask import Blueprint, Response
from flask_login import current_user

from webapp.web.assets import YEAR
from webapp.web.guards import signed_in

from .. import pictures

bp = Blueprint("pictures", __name__, url_prefix="/pictures")


@bp.get("/<digest>")
@signed_in
def show(digest):
    picture = pictures.get_picture(current_user, digest)
    headers = {"Cache-Control": f"private, max-age={YEAR}, immutable"}
    return Response(bytes(picture.data), mimetype=picture.mimetype, headers=headers)
