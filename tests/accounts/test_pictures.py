"""What is kept of a picture, and who gets to see it."""

import io
import struct
import zlib

import pytest
from PIL import Image

from tests import factories
from webapp.accounts import pictures
from webapp.accounts.models import Picture, User
from webapp.accounts.workspaces import add_member
from webapp.core.errors import Invalid

ORIENTATION = 0x0112


def file_of(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def kept(member):
    return Image.open(io.BytesIO(bytes(Picture.get(Picture.user == member.user_id).data)))


def png_saying(width, height):
    """A PNG of a few bytes whose head promises a picture of that size."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_becomes_a_small_square_of_our_own(cast, kind):
    pictures.keep(cast.bob.user_id, factories.picture(kind=kind, size=(640, 400)))
    image = kept(cast.bob)
    assert (image.format, image.size) == ("WEBP", (256, 256))
    assert Picture.get().mimetype == "image/webp"


def test_transparency_stays_and_odd_colour_modes_are_understood(cast):
    pictures.keep(cast.bob.user_id, file_of(Image.new("RGBA", (50, 50), (0, 0, 0, 0))))
    assert kept(cast.bob).getpixel((128, 128))[3] == 0
    for mode, kind in (("CMYK", "JPEG"), ("L", "JPEG"), ("1", "PNG"), ("P", "GIF"), ("I;16", "PNG"), ("LA", "PNG")):
        pictures.keep(cast.bob.user_id, file_of(Image.new(mode, (50, 50)), kind))
        assert kept(cast.bob).size == (256, 256), mode


def test_a_photograph_taken_sideways_is_kept_upright(cast):
    image = Image.new("RGB", (400, 400), "blue")
    image.paste("red", (0, 0, 400, 200))  # the upper half
    sideways = image.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # turn it a quarter to the right to see it
    pictures.keep(cast.bob.user_id, file_of(sideways, "JPEG", exif=exif))
    above, below = kept(cast.bob).convert("RGB").getpixel((128, 20)), kept(cast.bob).convert("RGB").getpixel((128, 235))
    assert above[0] > 200 > 60 > above[2] and below[2] > 200 > 60 > below[0]


def test_what_a_file_says_about_its_owner_is_not_kept(cast):
    exif = Image.Exif()
    exif[0x010F] = "A camera that tells on you"
    photo = Image.new("RGB", (300, 300), "teal")
    data = file_of(photo, "JPEG", exif=exif, comment=b"taken at home", icc_profile=b"x" * 200)
    assert b"tells on you" in data
    pictures.keep(cast.bob.user_id, data)
    raw = bytes(Picture.get().data)
    assert b"EXIF" not in raw and b"tells on you" not in raw and b"at home" not in raw and b"ICCP" not in raw


def test_a_moving_picture_stands_still(cast):
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    pictures.keep(cast.bob.user_id, file_of(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert getattr(kept(cast.bob), "n_frames", 1) == 1


@pytest.mark.parametrize("size", [(5001, 5000), (60_000, 60_000), (1, 2**31 - 1)])
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked(cast, size):
    with pytest.raises(Invalid, match="over 25 million pixels"):
        pictures.keep(cast.bob.user_id, png_saying(*size))
    assert not Picture.select().exists()


def test_more_than_5_mb_are_refused(cast):
    with pytest.raises(Invalid, match="over 5 MB"):
        pictures.keep(cast.bob.user_id, bytes(5_000_001))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 100,
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><script>alert(1)</script></html>",
        b"GIF89a/*" + b"\0" * 40,
        factories.picture(kind="BMP"),
        factories.picture(kind="TIFF"),
        factories.picture(kind="ICO"),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        file_of(Image.effect_noise((90, 90), 50), "PNG")[:600],
        png_saying(200, 200),
        png_saying(0, 5),
    ],
)
def test_what_is_no_whole_picture_of_a_known_kind_is_refused_in_words(cast, data):
    with pytest.raises(Invalid, match="Choose a PNG, JPEG, WebP or GIF file") as refused:
        pictures.keep(cast.bob.user_id, data)
    assert refused.value.field == "picture"


@pytest.fixture
def digest(cast):
    return pictures.keep(cast.bob.user_id, factories.picture("red"))


def test_a_picture_is_served_as_what_it_is_and_kept_by_the_browser(cast, sign_in, digest):
    answer = sign_in(cast.alice).get(f"/pictures/{digest}")
    assert answer.status_code == 200 and answer.data[8:12] == b"WEBP"
    assert answer.mimetype == "image/webp" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"


def test_only_who_shares_a_workspace_sees_a_picture(app, cast, sign_in, digest):
    path = f"/pictures/{digest}"
    assert sign_in(cast.bob).get(path).status_code == sign_in(cast.vera).get(path).status_code == 200
    assert sign_in(cast.charlie).get(path).status_code == 404
    assert sign_in(cast.alice).get("/pictures/" + "0" * 64).status_code == 404
    assert app.test_client().get(path).location.startswith("/sign-in")
    add_member(cast.other, User.get_by_id(cast.bob.user_id))
    assert sign_in(cast.charlie).get(path).status_code == 200


def test_a_site_admin_sees_everybodys_picture(cast, sign_in):
    digest = pictures.keep(cast.charlie.user_id, factories.picture("red"))
    assert sign_in(cast.bob).get(f"/pictures/{digest}").status_code == 404
    User.update(is_admin=True).where(User.id == cast.bob.user_id).execute()
    assert sign_in(cast.bob).get(f"/pictures/{digest}").status_code == 200


def test_the_same_file_is_another_picture_of_another_person(cast, sign_in, digest):
    same = pictures.keep(cast.charlie.user_id, factories.picture("red"))
    assert same != digest and sign_in(cast.charlie).get(f"/pictures/{digest}").status_code == 404


def test_a_new_picture_takes_the_place_of_the_old_one_and_can_be_removed(cast):
    first = pictures.keep(cast.bob.user_id, factories.picture("red"))
    second = pictures.keep(cast.bob.user_id, factories.picture("blue"))
    assert first != second == User.get_by_id(cast.bob.user_id).picture
    assert Picture.select().count() == 1
    pictures.remove(cast.bob.user_id)
    assert User.get_by_id(cast.bob.user_id).picture == "" and not Picture.select().exists()
