"""Telephone numbers as E.164 (ITU-T): "030 1234567" in Germany becomes "+49301234567".

What counts is phonenumbers' answer (Google's libphonenumber): a number is taken when it is valid, or has a possible
length and nobody can doubt which country's it is: it says so itself, or all numbers there have one length. It takes
100 µs a number and imports ask a million times, so usual writings are decided here from the same library's tables, by
the steps that it takes itself; whatever is not plain is left to it. A property test holds the two together.
"""

import re
from functools import cache, lru_cache
from typing import NamedTuple

_PLAIN = re.compile(r"\+?[\d ()./-]{4,30}", re.ASCII)
_MARKS = str.maketrans("", "", " ()./-")
_WORD = re.compile(r"[^\W\d_]+")
_WORDS = frozenset(
    ["x", "ext", "extn", "extension", "tel", "telefon", "telephone", "phone", "fon", "mobile", "mobil", "mob"]
)
_LONGEST = 17  # digits of a national number


class _Rules(NamedTuple):
    """How a region writes its numbers; `valid` knows those of all regions that share its calling code, and `possible`
    are the lengths in the main one of them.
    """

    code: str
    general: re.Pattern
    lengths: frozenset
    possible: frozenset
    prefix: re.Pattern | None  # what may stand before a national number
    literal: str  # the same, when it is always these digits
    abroad: re.Pattern | None  # what is dialled before a country's code
    valid: re.Pattern


def international(text, region=""):
    """`text` as E.164, an extension behind it as " x12"; "" when it is no number.

    `region` is the ISO 3166 code of the country that a number without a country's code is from, "" when nobody knows.
    """
    found = _plainly(text, region) if _PLAIN.fullmatch(text) else None
    return _parsed(text, region) if found is None else found


def _plainly(text, region):
    """The answer for a number of digits and usual marks; None when the library has to say."""
    digits = text.translate(_MARKS)
    if digits[:1] == "+":
        return _from_abroad(digits[1:], certain=True)
    rules = _rules(region)
    if rules is None:
        return None
    if rules.abroad and (match := rules.abroad.match(digits)):
        return _from_abroad(digits[match.end() :], certain=True)
    if digits.startswith(rules.code):
        rest = digits[len(rules.code) :]
        if rules.general.fullmatch(digits) or not rules.general.fullmatch(rest):
            return None
        if rules.prefix and rules.prefix.match(rest):
            return None
        return _from_abroad(digits, certain=False)
    return _national(rules, digits, certain=False)


def _from_abroad(digits, *, certain):
    """The answer for a number that begins with a country's code; `certain` when it is written as one."""
    for length in (1, 2, 3):
        if region := _regions().get(digits[:length]):
            rules = _rules(region)
            return rules and _national(rules, digits[length:], certain=certain)
    return None


def _national(rules, digits, *, certain):
    if not 3 < len(digits) <= _LONGEST:
        return None
    if rules.prefix and rules.prefix.match(digits):
        if not rules.literal or rules.general.fullmatch(digits):
            return None
        digits = digits[len(rules.literal) :]
        if len(digits) not in rules.lengths:
            return None
    certain = certain or len(rules.possible) == 1
    good = rules.valid.fullmatch(digits) or (certain and len(digits) in rules.possible)
    return f"+{rules.code}{digits}" if good else ""


@lru_cache(maxsize=8192)
def _parsed(text, region):
    """The library's answer. Other letters than those of an extension would be keys to it: "call me" is a number."""
    import phonenumbers  # heavy: loaded on first use

    if not all(word.lower() in _WORDS for word in _WORD.findall(text)):
        return ""
    try:
        number = phonenumbers.parse(text, region or None, keep_raw_input=True)
    except phonenumbers.NumberParseException:
        return ""
    if not (phonenumbers.is_valid_number(number) or (_is_certain(number) and _is_possible(number))):
        return ""
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{written} x{number.extension}" if number.extension else written


def _is_certain(number):
    """Whether nobody can doubt which country's number this is."""
    from phonenumbers import CountryCodeSource  # heavy: loaded on first use

    told = (CountryCodeSource.FROM_NUMBER_WITH_PLUS_SIGN, CountryCodeSource.FROM_NUMBER_WITH_IDD)
    rules = _rules(_regions().get(str(number.country_code), ""))
    return number.country_code_source in told or (rules is not None and len(rules.possible) == 1)


def _is_possible(number):
    from phonenumbers import ValidationResult, is_possible_number_with_reason  # heavy: loaded on first use

    return is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE


@cache
def _regions():
    """{a country's calling code: the main region that has it}."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # heavy: loaded on first use

    return {str(code): regions[0] for code, regions in COUNTRY_CODE_TO_REGION_CODE.items() if regions[0] != "001"}


@cache
def _rules(region):
    """The _Rules of a region; None for one without telephones."""
    from phonenumbers import PhoneMetadata  # heavy: loaded on first use

    about = PhoneMetadata.metadata_for_region(region, None) if region else None
    if about is None:
        return None
    prefix, code = about.national_prefix_for_parsing or "", str(about.country_code)
    main = PhoneMetadata.metadata_for_region(_regions().get(code, region), None)
    return _Rules(
        code,
        re.compile(about.general_desc.national_number_pattern),
        frozenset(about.general_desc.possible_length),
        frozenset(main.general_desc.possible_length),
        re.compile(prefix) if prefix else None,
        prefix if prefix.isdigit() else "",
        re.compile(about.international_prefix) if about.international_prefix else None,
        _valid(code),
    )


@cache
def _valid(code):
    """What matches the valid national numbers behind a calling code, in whichever of its regions they are."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata  # heavy: loaded on first use

    regions = [PhoneMetadata.metadata_for_region(one, None) for one in COUNTRY_CODE_TO_REGION_CODE[int(code)]]
    ways = []
    for about in filter(None, regions):
        leading = about.leading_digits if len(regions) > 1 else None
        ways.append(f"{f'(?={leading})' if leading else ''}{_in_region(about)}")
    return re.compile("|".join(f"(?:{way})" for way in ways))


def _in_region(about):
    kinds = (
        about.fixed_line, about.mobile, about.premium_rate, about.toll_free, about.shared_cost, about.voip,
        about.personal_number, about.pager, about.uan, about.voicemail,
    )  # fmt: skip
    ways = []
    for kind in kinds:
        if kind is None or not kind.national_number_pattern:
            continue
        lengths = "|".join(f"\\d{{{length}}}" for length in kind.possible_length if length > 0)
        if lengths or not kind.possible_length:
            ways.append(f"{f'(?=(?:{lengths})$)' if lengths else ''}(?:{kind.national_number_pattern})$")
    overall = about.general_desc
    lengths = "|".join(f"\\d{{{length}}}" for length in overall.possible_length)
    return f"(?=(?:{lengths})$)(?=(?:{overall.national_number_pattern})$)(?:{'|'.join(ways)})"
