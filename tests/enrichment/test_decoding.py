import codecs

import pytest

from webapp.enrichment.decoding import decode

TEXT = "<p>Müller & Söhne — Köln</p>"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (TEXT.encode(), ""),
        (TEXT.encode(), "text/html; charset=utf-8"),
        (TEXT.encode(), 'text/html; charset="UTF-8"'),
        (TEXT.encode("cp1252"), ""),
        (TEXT.encode("cp1252"), "text/html; charset=iso-8859-1"),
        (TEXT.encode("cp1252"), "text/html; charset=us-ascii"),
        (codecs.BOM_UTF8 + TEXT.encode(), "text/html; charset=iso-8859-1"),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), "text/html"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "text/html; charset=utf-8"),
        (TEXT.encode(), "text/html; charset=nonsense"),
        (TEXT.encode(), "text/html; charset=punycode"),
        (TEXT.encode(), "text/html; charset=utf-7"),
        (TEXT.encode(), "text/html; charset=rot13"),
        (TEXT.encode(), "text/html; charset=üñ"),
    ],
)
def test_a_page_is_read_in_its_encoding(body, content_type):
    assert decode(body, content_type) == TEXT


@pytest.mark.parametrize(
    ("text", "encoding", "named"),
    [("日本の会社", "cp932", "Shift_JIS"), ("日本の会社", "cp932", "x-sjis"), ("日本の会社", "euc_jp", "EUC-JP"),
     ("中国公司", "gb18030", "gb2312"), ("台灣公司", "big5hkscs", "big5"), ("한국 회사", "cp949", "euc-kr"),
     ("Компания", "cp1251", "windows-1251"), ("Компания", "koi8-r", "KOI8-R"), ("Εταιρεία", "iso8859-7", "iso-8859-7"),
     ("Żółć", "iso8859-2", "ISO-8859-2"), ("Şirketi", "cp1254", "iso-8859-9"), ("บริษัท", "cp874", "windows-874")],
)  # fmt: skip
def test_a_page_names_its_encoding_itself(text, encoding, named):
    for start in (f'<meta charset="{named}">', f"<META http-equiv=x content='text/html; charset={named}'>"):
        assert decode((start + text).encode(encoding), "text/html").endswith(text)
    xml = f'<?xml version="1.0" encoding="{named}"?>'
    assert decode((xml + text).encode(encoding), "text/xml") == xml + text


def test_a_page_that_was_cut_within_a_letter_keeps_its_encoding():
    assert decode("Köln ist schön 日".encode()[:-1]).startswith("Köln ist schön")


def test_bytes_that_are_nothing_become_something_without_nul():
    assert "\0" not in decode(bytes(range(256)) * 40)
    assert decode(b"") == ""
    assert decode(b"charset=" * 250_000, "charset=" * 1000) == "charset=" * 250_000
