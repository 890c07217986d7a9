"""What a page says about itself in structured data: JSON-LD, microdata and RDFa with the words of schema.org."""

import json
import re

_BLOCKS, _NODES, _DEPTH, _LONGEST = 30, 400, 12, 300_000
_ORGANIZATION_WORDS = """
    organization corporation company localbusiness onlinebusiness onlinestore ngo newsmediaorganization airline
    consortium cooperative educationalorganization collegeoruniversity school governmentorganization
    medicalorganization hospital professionalservice legalservice attorney notary accountingservice financialservice
    bankorcreditunion insuranceagency realestateagent travelagency employmentagency store restaurant
    cafeorcoffeeshop bakery barorpub brewery winery distillery hotel lodgingbusiness hostel bedandbreakfast resort
    campground automotivebusiness autodealer autorepair autopartsstore dentist physician pharmacy optician
    medicalclinic medicalbusiness veterinarycare homeandconstructionbusiness electrician generalcontractor
    hvacbusiness housepainter locksmith movingcompany plumber roofingcontractor healthandbeautybusiness beautysalon
    dayspa hairsalon nailsalon sportsactivitylocation exercisegym healthclub golfcourse entertainmentbusiness
    artgallery nightclub clothingstore bookstore electronicsstore florist furniturestore gardenstore grocerystore
    hardwarestore hobbyshop jewelrystore shoestore sportinggoodsstore toystore bikestore computerstore
    conveniencestore departmentstore homegoodsstore liquorstore mensclothingstore mobilephonestore musicstore
    officeequipmentstore outletstore pawnshop petstore tirestore wholesalestore foodestablishment fastfoodrestaurant
    icecreamshop library museum childcare drycleaningorlaundry emergencyservice internetcafe radiostation
    televisionstation recyclingcenter selfstorage shoppingcenter animalshelter archiveorganization
    researchorganization sportsorganization sportsteam performinggroup fundingscheme brand"""
_ORGANIZATIONS = frozenset(_ORGANIZATION_WORDS.split())
_COMMENTS = re.compile(r"^\s*(?:<!--|/\*.*?\*/|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*;?\s*$", re.S)
_TRAILING = re.compile(r",(?=\s*[}\]])")


def nodes(document):
    """The objects of all JSON-LD blocks, microdata and RDFa of a page, flat: [(method, {name: value}), …]."""
    found = []
    for block in document.blocks[:_BLOCKS]:
        _flatten(_parsed(block), found, 0)
    found = [("json-ld", node) for node in found]
    if "itemtype" in document.html or "typeof" in document.html:
        found += [("microdata", node) for node in _scopes(document)]
    return found[:_NODES]


def kinds(node):
    """The types of an object in lower case without their address: {"organization"}."""
    value = node.get("@type", "")
    values = value if isinstance(value, list) else [value]
    return {one.rstrip("/").rpartition("/")[2].rpartition(":")[2].lower() for one in values if isinstance(one, str)}


def is_organization(node):
    return bool(kinds(node) & _ORGANIZATIONS)


def text_of(value, name="name"):
    """What a property says as text: itself, the first of a list, the name of an object, the @value; "" otherwise."""
    for _ in range(4):
        if isinstance(value, list):
            value = value[0] if value else ""
        elif isinstance(value, dict):
            value = value.get(name) or value.get("@value") or ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return str(value)


def each(value):
    """A property's values as a list, at most 50."""
    return (value if isinstance(value, list) else [] if value in (None, "") else [value])[:50]


def _parsed(block):
    """The block's JSON; None where it is none. Each by itself: a malformed one loses no other."""
    block = block[:_LONGEST]
    for mend in (lambda text: text, _mended):
        try:
            return json.loads(mend(block), strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _mended(block):
    """Without comments around it and commas at an end, as careless templates write."""
    return _TRAILING.sub("", _COMMENTS.sub("", block)).strip().rstrip(";")


def _flatten(value, found, depth):
    """Append every object in `value` that has a type."""
    if depth > _DEPTH or len(found) >= _NODES:
        return
    if isinstance(value, list):
        for one in value[:_NODES]:
            _flatten(one, found, depth + 1)
    elif isinstance(value, dict):
        if "@type" in value:
            found.append(value)
        for one in list(value.values())[:100]:
            if isinstance(one, (dict, list)):
                _flatten(one, found, depth + 1)


def _scopes(document):
    """Objects of microdata (itemscope) and RDFa (typeof); properties belong to the nearest one around them."""
    scopes = {}
    for node in document.css("[itemtype], [typeof]")[:60]:
        attributes = node.attributes
        scopes[node.mem_id] = {"@type": (attributes.get("itemtype") or attributes.get("typeof") or "").split(" ")}
    for node in document.css("[itemprop], [property]")[:400]:
        attributes = node.attributes
        name = (attributes.get("itemprop") or attributes.get("property") or "").rpartition(":")[2].strip()
        owner = _owner(node, scopes)
        if owner is None or not name:
            continue
        value = scopes.get(node.mem_id) or _said(node, attributes)
        for one in name.split()[:3]:
            owner[one] = [*each(owner[one]), value] if one in owner else value
    return list(scopes.values())


def _owner(node, scopes):
    for _ in range(40):
        node = node.parent
        if node is None:
            return None
        if node.mem_id in scopes:
            return scopes[node.mem_id]
    return None


def _said(node, attributes):
    for name in ("content", "href", "src", "datetime"):
        if attributes.get(name):
            return attributes[name][:2000]
    return node.text(separator=" ", strip=True)[:2000]
