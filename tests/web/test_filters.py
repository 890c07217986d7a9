from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from flask import render_template_string
from flask_login import login_user
from markupsafe import Markup

from webapp.core import clock
from webapp.web import filters
from webapp.web.locale import speaking

NOON = datetime(2025, 11, 20, 12, 0, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    "name, letters",
    [
        ("Mara Lindqvist", "ML"),
        ("mara", "M"),
        ("Ana Maria de Souza", "AS"),
        ("mara@halden.example", "M"),
        ("Øyvind Ås", "ØÅ"),
        ("王 小明", "王小"),
        ("  ", "?"),
        ("", "?"),
        (None, "?"),
        ("(x)", "?"),
    ],
)
def test_initials_are_those_of_the_first_and_last_word(name, letters):
    assert filters.initials(name) == letters


@pytest.mark.parametrize(
    "name, letters", [("Grafana Labs", "Gr"), ("3M", "3m"), ("<b>", "B"), ("ß", "Ss"), ("", "?"), (None, "?")]
)
def test_a_monogram_is_the_first_two_letters_of_a_company(name, letters):
    assert filters.monogram(name) == letters


def test_a_tone_is_one_of_eight_and_stays_with_its_name():
    tones = {filters.tone(f"Company {n}") for n in range(200)}
    assert tones == set(range(1, 9))
    assert filters.tone("Stripe") == filters.tone("STRIPE") == 3  # the same on every machine and after a restart
    assert filters.tone(None) in tones


@pytest.mark.parametrize("value, text", [(0, "0"), (12400, "12,400"), (-3, "-3"), (None, "")])
def test_numbers_have_thousands_separated(value, text):
    assert filters.number(value) == text


def test_a_count_that_is_kept_says_about():
    assert filters.about(12400) == "about 12,400"


@pytest.mark.parametrize(
    "value, words, text",
    [
        (1, ("lead",), "1 lead"),
        (0, ("lead",), "0 leads"),
        (1180, ("lead",), "1,180 leads"),
        (2, ("reply", "replies"), "2 replies"),
    ],
)
def test_a_count_and_its_noun_agree(value, words, text):
    assert filters.plural(value, *words) == text


@pytest.mark.parametrize(
    "amount, currency, exact, compact",
    [
        (64000, "EUR", "€64,000", "€64k"),
        (4_120_000, "EUR", "€4,120,000", "€4.1m"),
        (940_000, "USD", "$940,000", "$940k"),
        (999_499, "EUR", "€999,499", "€999k"),
        (999_500, "EUR", "€999,500", "€1m"),
        (1_500, "GBP", "£1,500", "£1.5k"),
        (9_960, "EUR", "€9,960", "€10k"),
        (2_500_000_000, "EUR", "€2,500,000,000", "€2.5bn"),
        (850, "EUR", "€850", "€850"),
        (0, "EUR", "€0", "€0"),
        (-31_000, "EUR", "−€31,000", "−€31k"),
        (18_000, "CHF", "CHF 18,000", "CHF 18k"),
        (None, "EUR", "", ""),
    ],
)
def test_money_is_exact_or_compact(amount, currency, exact, compact):
    assert filters.money(amount, currency) == exact
    assert filters.compact_money(amount, currency) == compact


@pytest.mark.parametrize(
    "part, whole, places, text",
    [
        (134, 1240, 0, "11%"),
        (42, 257, 1, "16.3%"),
        (0, 10, 0, "0%"),
        (10, 10, 0, "100%"),
        (1, 1000, 0, "under 1%"),
        (999, 1000, 0, "99%"),
        (9999, 10000, 1, "99.9%"),
        (3, 0, 0, "0%"),
    ],
)
def test_a_share_never_rounds_a_few_to_none_or_most_to_all(part, whole, places, text):
    assert filters.percent(part, whole, places) == text


@pytest.mark.parametrize(
    "size, text",
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1 KB"),
        (99_907, "100 KB"),
        (1_240_000, "1.2 MB"),
        (200_000_000, "200 MB"),
        (999_600, "1 MB"),
        (5_000_000_000_000, "5000 GB"),
        (None, ""),
    ],
)
def test_a_file_size_is_in_the_unit_that_fits(size, text):
    assert filters.filesize(size) == text


@pytest.mark.parametrize(
    "back, ago, age",
    [
        (timedelta(seconds=3), "just now", "now"),
        (timedelta(seconds=50), "1 min ago", "now"),
        (timedelta(minutes=26), "26 min ago", "26 min"),
        (timedelta(hours=3, minutes=59), "3 h ago", "3 h"),
        (timedelta(days=1, hours=5), "1 day ago", "1 d"),
        (timedelta(days=2), "2 days ago", "2 d"),
        (timedelta(days=31), "1 month ago", "1 mo"),
        (timedelta(days=800), "2 years ago", "2 y"),
        (-timedelta(minutes=5), "in 5 min", "now"),
        (-timedelta(days=3), "in 3 days", "now"),
    ],
)
def test_the_past_is_told_in_its_largest_unit(back, ago, age):
    assert filters.ago(NOON - back, NOON) == ago
    assert filters.age(NOON - back, NOON) == age


def test_the_clock_is_the_one_that_tests_can_stop():
    with clock.freeze(NOON):
        assert filters.ago(NOON - timedelta(minutes=26)) == "26 min ago"
        assert filters.when(NOON) == "Today 12:00"


@pytest.mark.parametrize(
    "moment, zone, when, day",
    [
        (NOON, "UTC", "Today 12:00", "Thursday, 20 November"),
        (NOON, "Europe/Berlin", "Today 13:00", "Thursday, 20 November"),
        (NOON - timedelta(hours=20), "UTC", "Yesterday 16:00", "Wednesday, 19 November"),
        (NOON + timedelta(days=1), "UTC", "Tomorrow 12:00", "Friday, 21 November"),
        (NOON - timedelta(days=2), "UTC", "Tue 18 Nov", "Tuesday, 18 November"),
        (datetime(2024, 3, 1, tzinfo=UTC), "UTC", "1 Mar 2024", "Friday, 1 March 2024"),
        (datetime(2025, 11, 20, 23, 30, tzinfo=UTC), "Asia/Tokyo", "Tomorrow 08:30", "Friday, 21 November"),
        (NOON, "Not/AZone", "Today 12:00", "Thursday, 20 November"),
        (NOON, "../etc/passwd", "Today 12:00", "Thursday, 20 November"),
    ],
)
def test_a_date_is_near_or_named_in_the_members_zone(moment, zone, when, day):
    at = NOON
    assert filters.when(moment, zone, at) == when
    assert filters.day(moment, zone, at) == day


def test_a_time_carries_its_exact_moment():
    tag = filters.time_tag(NOON - timedelta(days=2), zone="Europe/Berlin", at=NOON)
    assert tag == ('<time datetime="2025-11-18T12:00:00Z" title="Tuesday, 18 November 2025, 13:00">2 days ago</time>')
    assert isinstance(tag, Markup)
    texts = [filters.time_tag(NOON, style, at=NOON).striptags() for style in ("ago", "age", "when", "day", "time")]
    assert texts == ["just now", "now", "Today 12:00", "Thursday, 20 November", "12:00"]


@pytest.mark.parametrize(
    "function", [filters.ago, filters.age, filters.when, filters.day, filters.clock_time, filters.time_tag]
)
def test_no_time_is_no_text(function):
    assert function(None) == ""


@pytest.mark.parametrize(
    "seconds, text",
    [
        (0, "1 second"),
        (3.2, "3 seconds"),
        (90, "1 minute"),
        (130, "2 minutes"),
        (3600, "1 hour"),
        (4800, "1 hour 20 minutes"),
        (200_000, "2 days"),
    ],
)
def test_a_length_of_time_is_spoken(seconds, text):
    assert filters.duration(seconds) == text
    assert filters.time_left(seconds) == f"about {text} left"


def test_values_follow_the_locale_while_the_words_stay_english():
    with speaking("de"):
        assert filters.number(12400) == "12.400" and filters.number(None) == ""
        assert filters.plural(1180, "lead") == "1.180 leads" and filters.about(12400) == "about 12.400"
        assert filters.money(64000) == "64.000\xa0€" and filters.compact_money(None) == filters.money(None) == ""
        assert filters.compact_money(4_120_000) == "4,1\xa0Mio.\xa0€"
        assert filters.percent(1, 1000) == "under 1\xa0%" and filters.percent(3, 0) == "0\xa0%"
        assert filters.filesize(1_240_000) == "1,2 MB" and filters.filesize(99_907) == "100 KB"
        assert filters.day(NOON, at=NOON) == "Donnerstag, 20. November"
        assert filters.when(NOON - timedelta(days=2), at=NOON) == "Di., 18. Nov."
        assert filters.when(datetime(2024, 3, 1, tzinfo=UTC), at=NOON) == "1. März 2024"
        assert filters.ago(NOON - timedelta(days=2), NOON) == "2 days ago"
    with speaking("en-US"):
        assert filters.when(NOON, at=NOON) == "Today 12:00\u202fPM" == "Today " + filters.clock_time(NOON)
        assert 'title="Thursday, November 20, 2025, 12:00\u202fPM"' in filters.time_tag(NOON, at=NOON)
    assert filters.number(12400) == "12,400"


def test_what_cannot_be_known_is_not_guessed():
    assert filters.time_left(None) == filters.duration(None) == ""


def test_templates_show_times_in_the_members_own_zone(app, cast):
    member = SimpleNamespace(time_zone="Asia/Tokyo", is_active=True, get_id=lambda: "x")
    with clock.freeze(NOON), app.test_request_context():
        assert render_template_string("{{ moment|when }}", moment=NOON) == "Today 12:00"
        login_user(member)
        assert render_template_string("{{ moment|when }}", moment=NOON) == "Today 21:00"
        assert "Today 21:00" in render_template_string("{{ moment|time_tag('when') }}", moment=NOON)
        assert render_template_string("{{ today() }}") == "Thursday, 20 November"


def test_an_icon_points_into_the_versioned_sprite_and_escapes_its_name(app):
    with app.test_request_context():
        icon = render_template_string('{{ ui.icon("plus", "sm", "inline") }}')
        assert icon.startswith(
            '<svg class="icon inline" data-size="sm" aria-hidden="true"><use href="/static/icons.svg?v='
        )
        assert icon.endswith('#plus"></use></svg>')
        assert "<script>" not in render_template_string("{{ ui.icon(name) }}", name='"><script>')


@pytest.mark.parametrize(
    "call",
    [
        "avatar(x)",
        "tile(x)",
        "badge(x)",
        "status('ok', x)",
        "tag(x)",
        "chip(x, x, x)",
        "merge(x, x)",
        "breadcrumb([(x, x), (x, '')])",
        "alert('bad', x)",
        "empty('users', x, x)",
        "pager(x, x, 1, 2, x)",
        "pages(x, x)",
        "steps(x, [x], 1)",
        "progress(1, 2, x)",
        "entry('mail', x, x)",
        "stage_pill('new', [(x, x)], x, x)",
        "stats([{'label': x, 'value': x, 'note': x}])",
        "tooltip(x)",
        "dropzone('a', x, x, x)",
    ],
)
def test_macros_escape_what_they_are_given(app, call):
    with app.test_request_context():
        html = render_template_string("{{ ui." + call + " }}", x='"><script>alert(1)</script>')
    assert "<script>" not in html
    assert '"">' not in html


def test_what_is_kept_for_trusted_markup_is_not_given_to_equal_text(app):
    assert not app.jinja_env.auto_reload
    with app.test_request_context():
        for call in ("tag(x)", "icon(x)"):
            render_template_string("{{ ui." + call + " }}", x=Markup("<i>"))
            assert "<i>" not in render_template_string("{{ ui." + call + " }}", x="<i>"), call
