"""Names of countries, for telling "Dublin, Ireland" from "Columbus, Ohio". Georgia is left to the state."""

_NAMES = """
    afghanistan|albania|algeria|andorra|angola|argentina|armenia|australia|austria|azerbaijan|bahamas|bahrain
    |bangladesh|barbados|belarus|belgium|belize|benin|bermuda|bhutan|bolivia|bosnia and herzegovina|botswana|brazil
    |brunei|bulgaria|burkina faso|burundi|cambodia|cameroon|canada|cape verde|cayman islands|chad|chile|china|colombia
    |congo|costa rica|croatia|cuba|curacao|cyprus|czech republic|czechia|denmark|djibouti|dominica|dominican republic
    |ecuador|egypt|el salvador|eritrea|estonia|eswatini|ethiopia|fiji|finland|france|gabon|gambia|germany|ghana
    |gibraltar|greece|greenland|grenada|guatemala|guernsey|guinea|guyana|haiti|honduras|hong kong|hungary|iceland
    |india|indonesia|iran|iraq|ireland|isle of man|israel|italy|ivory coast|jamaica|japan|jersey|kazakhstan|kenya
    |kosovo|kuwait|kyrgyzstan|laos|latvia|lebanon|lesotho|liberia|libya|liechtenstein|lithuania|luxembourg|macau
    |madagascar|malawi|malaysia|maldives|mali|malta|mauritania|mauritius|mexico|moldova|monaco|mongolia|montenegro
    |morocco|mozambique|myanmar|namibia|nepal|netherlands|the netherlands|new zealand|nicaragua|niger|nigeria
    |north macedonia|northern ireland|norway|oman|pakistan|palestine|panama|papua new guinea|paraguay|peru|philippines
    |poland|portugal|puerto rico|qatar|romania|russia|russian federation|rwanda|saint lucia|samoa|san marino
    |saudi arabia|scotland|senegal|serbia|seychelles|sierra leone|singapore|slovakia|slovenia|somalia|south africa
    |south korea|south sudan|spain|sri lanka|sudan|suriname|sweden|switzerland|syria|taiwan|tajikistan|tanzania
    |thailand|togo|trinidad and tobago|tunisia|turkey|turkiye|turkmenistan|uganda|ukraine|united arab emirates|uae
    |united kingdom|uk|u.k.|great britain|england|wales|united states|united states of america|usa|u.s.a.|us|u.s.
    |uruguay|uzbekistan|vatican city|venezuela|vietnam|yemen|zambia|zimbabwe
    |deutschland|osterreich|schweiz|suisse|svizzera|espana|italia|frankreich|italien|spanien|niederlande|polen
    |belgique|belgien|pays-bas|royaume-uni|allemagne|autriche|espagne|etats-unis|alemania|francia|suiza|reino unido
    |estados unidos|vereinigte staaten|vereinigtes konigreich|danemark|schweden|norwegen|finnland|tschechien|irland
    |polska|nederland|danmark|sverige|norge|suomi|brasil|mexiko|turkei|korea|republic of korea"""
NAMES = frozenset(name.strip() for name in _NAMES.split("|"))
# ISO 3166 codes that no state of the US or province of Canada shares

_CODES = """
    at au be bg br ch cl cn cy cz dk ee es fi fr gb gr hk hr hu ie it jp kr lt lu lv mx mt my nl no nz ph pl pt ro
    rs ru se sg si sk th tr tw ua uk us za ae sa eg ng ke"""
CODES = frozenset(_CODES.split())
