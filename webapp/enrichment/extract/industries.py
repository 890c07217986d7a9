"""What schema.org's kinds of businesses are called as an industry."""

from .structured import kinds

_INDUSTRIES = {
    "Legal services": "legalservice attorney notary",
    "Accounting": "accountingservice",
    "Financial services": "financialservice bankorcreditunion automatedteller",
    "Insurance": "insuranceagency",
    "Real estate": "realestateagent",
    "Travel": "travelagency airline touristinformationcenter",
    "Staffing and recruiting": "employmentagency",
    "Restaurants": "restaurant cafeorcoffeeshop fastfoodrestaurant icecreamshop barorpub foodestablishment",
    "Food production": "bakery brewery winery distillery",
    "Hospitality": "hotel lodgingbusiness hostel bedandbreakfast resort campground motel",
    "Automotive": "autodealer autorepair autopartsstore automotivebusiness autorental autobodyshop tirestore "
    "motorcycledealer",
    "Health care": "dentist physician medicalclinic medicalbusiness hospital optician medicalorganization "
    "physiotherapy",
    "Pharmacies": "pharmacy",
    "Veterinary": "veterinarycare",
    "Construction": "homeandconstructionbusiness electrician generalcontractor hvacbusiness housepainter plumber "
    "roofingcontractor locksmith",
    "Moving and storage": "movingcompany selfstorage",
    "Beauty and wellness": "healthandbeautybusiness beautysalon dayspa hairsalon nailsalon tattooparlor",
    "Fitness and sports": "exercisegym healthclub golfcourse sportsactivitylocation sportsclub",
    "Education": "educationalorganization collegeoruniversity school preschool",
    "Media": "newsmediaorganization radiostation televisionstation",
    "Retail": """store onlinestore clothingstore bookstore electronicsstore florist furniturestore gardenstore
        grocerystore hardwarestore hobbyshop jewelrystore shoestore sportinggoodsstore toystore
        bikestore computerstore conveniencestore departmentstore homegoodsstore liquorstore musicstore
        officeequipmentstore petstore outletstore""",
    "Wholesale": "wholesalestore",
    "Non-profit": "ngo",
    "Government": "governmentorganization",
}
_BY_KIND = {kind: industry for industry, named in _INDUSTRIES.items() for kind in named.split()}


def industry_of(node):
    """(industry, the kind it was told by) of an organization, None when its kind says nothing."""
    for kind in sorted(kinds(node)):
        if kind in _BY_KIND:
            return _BY_KIND[kind], kind
    return None
