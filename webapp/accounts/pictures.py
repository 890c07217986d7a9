"""Pictures of people. What comes in is decoded and drawn anew, so no byte of a file from outside is ever served."""

import hashlib
import io
from threading import Lock

from peewee import EXCLUDED

from db import db
from webapp.core.errors import Invalid, NotFound

from .models import Membership, Picture, User

SIDE = 256  # pixels of the square that is kept
MEGABYTES = 5
PIXELS = 25_000_000  # of what is decoded: 100 MB of memory at most
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MIMETYPE = "image/webp"
UNREADABLE = "We cannot read that as a picture. Choose a PNG, JPEG, WebP or GIF file."
_one_at_a_time = Lock()  # decoding is what takes memory


def keep(user_id, data):
    """Make `data` (bytes of a PNG, JPEG, WebP or GIF file) the person's picture; returns its digest.

    It becomes a square of SIDE pixels without metadata. Raises Invalid, for the field "picture".
    """
    drawn = _drawn(data)
    digest = hashlib.sha256(f"{user_id} ".encode() + drawn).hexdigest()  # of one person, whoever else has the same
    with db.atomic():
        (
            Picture.insert(user=user_id, mimetype=MIMETYPE, data=drawn)
            .on_conflict(
                conflict_target=[Picture.user],
                update={Picture.mimetype: EXCLUDED.mimetype, Picture.data: EXCLUDED.data},
            )
            .execute()
        )
        User.update(picture=digest).where(User.id == user_id).execute()
    return digest


def remove(user_id):
    """Take the person's picture away: their initials stand there again."""
    with db.atomic():
        Picture.delete().where(Picture.user == user_id).execute()
        User.update(picture="").where(User.id == user_id).execute()


def get_picture(member, digest):
    """The Picture with that digest, if it is the member's own or of somebody in one of their workspaces; site admins
    see everybody's. Raises NotFound.
    """
    query = Picture.select().join(User).where(User.picture == digest)
    if not member.is_admin:
        mine, theirs = Membership.alias(), Membership.alias()
        shared = theirs.select(theirs.user).join(mine, on=mine.workspace == theirs.workspace)
        query = query.where((User.id == member.user_id) | User.id.in_(shared.where(mine.user == member.user_id)))
    picture = query.first()
    if picture is None:
        raise NotFound("There is no such picture.")
    return picture


def _drawn(data):
    """The picture in `data` as a square WebP."""
    if len(data) > MEGABYTES * 1_000_000:
        raise Invalid(f"That picture is over {MEGABYTES} MB. Choose a smaller one.", "picture")
    with _one_at_a_time:
        try:
            return _encoded(_square(io.BytesIO(data)))
        except Invalid:
            raise
        except Exception as error:  # a decoder may raise anything for a damaged or hostile file
            raise Invalid(UNREADABLE, "picture") from error


def _square(file):
    """The first frame of the picture in `file`, upright, its middle cut out."""
    from PIL import Image, ImageOps  # heavy: loaded on first use

    try:
        image = Image.open(file, formats=FORMATS)  # reads the head only
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    if image.width * image.height > PIXELS:
        raise _too_many_pixels()
    image.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is decoded no larger than it needs to be
    image = ImageOps.exif_transpose(image)
    image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    return ImageOps.fit(image, (SIDE, SIDE), Image.Resampling.LANCZOS)


def _encoded(image):
    """A WebP without what the file said besides the picture: Pillow writes metadata only when it is given."""
    file = io.BytesIO()
    image.save(file, "WEBP", quality=85)
    return file.getvalue()


def _too_many_pixels():
    return Invalid(f"That picture has over {PIXELS // 1_000_000} million pixels. Choose a smaller one.", "picture")
