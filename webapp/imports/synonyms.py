"""What other programs call our fields, in English, German, French and Spanish; the best names of a field first.

Written as headers.plain() leaves them: lower case, no accents, words parted by one space. Words that only say whose or
which (work, private, of the company) are in headers.py; here is what stays without them, and what is better than that.
"""

NAMES = {
    "email": """email|e mail|email address|e mail address|mail|primary email|work email|business email|email 1
        |e mail 1 value|email work|email id|emails|e mails|email adress|mail address|email addresses
        |e mail adresse|email adresse|mailadresse|mail adresse|courriel|adresse email|adresse e mail|adresse mail
        |adresse courriel|adresse electronique|adresse de messagerie|mel|correo|correo electronico
        |direccion de correo electronico|direccion de correo|direccion email|direccion de email""",
    "first_name": """first name|given name|forename|first|fname|christian name|vorname|vornamen|rufname|prenom
        |prenoms|nombre de pila|primer nombre|nombres""",
    "last_name": """last name|surname|family name|last|lname|second name|nachname|familienname|zuname
        |nom de famille|nom famille|apellido|apellidos|primer apellido""",
    "full_name": """full name|contact name|person name|name|contact|lead name|contact person|display name
        |deal contact person|first and last name|first last name|name first last|people name|complete name|person
        |name contact|customer name|client name|your name|ansprechpartner|ansprechpartnerin|ansprechperson
        |kontakt|kontaktperson|kontaktname|vollstandiger name|vor und nachname|vorname und nachname
        |vorname nachname|name vorname|nachname vorname|nom complet|nom et prenom|nom et prenoms|prenom et nom
        |prenom nom|nom prenom|contact nom|interlocuteur|nom|nombre completo|nombre y apellidos|nombre y apellido
        |apellidos y nombre|contacto|persona de contacto|nombre""",
    "company": """company|company name|account name|organization name|organisation name|company account
        |organization|organisation|account|associated company|organization 1 name|business name|employer|business
        |primary company|company names|current company|company name for emails|company legal name|legal name
        |associated company name|primary associated company|company or account|firm|firm name|org|org name
        |customer|client|workplace|deal organization|company organization|employer name|place of work|firma
        |firmenname|unternehmen|unternehmensname|name des unternehmens|organisationsname|betrieb|firma name
        |name der firma|arbeitgeber|kunde|firmenbezeichnung|entreprise|societe|nom de l entreprise
        |nom de la societe|raison sociale|nom entreprise|nom societe|nom du compte|organisme|employeur
        |etablissement|empresa|nombre de la empresa|nombre de empresa|nombre empresa|compania|razon social
        |organizacion|nombre de la compania|nombre de la organizacion|nombre de la cuenta|empleador|nombre fiscal
        |nombre comercial""",
    "title": """job title|title|position|role|organization title|organization 1 title|job position|job role
        |job titles|position title|current position|current title|designation|headline|job|occupation|profession
        |role title|function|funktion|berufsbezeichnung|jobtitel|jobbezeichnung|stelle|titel
        |position im unternehmen|stellenbezeichnung|beruf|rolle|positionsbezeichnung|tatigkeit|poste|fonction
        |fonction dans l entreprise|position in company|intitule du poste|intitule de poste|titre du poste
        |titre de poste|titre|metier|profession exercee|cargo|puesto|titulo|puesto de trabajo|titulo del puesto
        |titulo de trabajo|profesion|ocupacion|funcion""",
    "phone": """phone|phone number|telephone|tel|work phone|business phone|phone 1 value|work direct phone
        |direct phone|primary phone|first phone|direct phone number|direct dial|telefon geschaftlich
        |telephone bureau|telephone professionnel|telefono del trabajo|mobile phone|mobile|mobile number
        |mobile phone number|cell phone|cell|cell number|cell phone number|phone numbers|phone no
        |telephone number|telephone no|tel no|tel number|contact number|contact no|direct line|direct number
        |mobile no|phone mobile|whatsapp|whatsapp number|corporate phone|company phone|office phone|main phone
        |hq phone|company main phone|landline|sms|telefon|telefonnummer|telefon nr|tel nr|rufnummer|telefonnr
        |festnetz|durchwahl|handy|handynummer|handy nr|mobiltelefon|mobil|mobilnummer|mobilfunk
        |mobiltelefonnummer|mobilfunknummer|telefon mobil|numero de telephone|no de telephone|n de telephone
        |numero telephone|tel portable|telephone mobile|telephone portable|portable|numero de portable|tel mobile
        |numero de mobile|tel fixe|telephone fixe|numero de telephone fixe|ligne directe|telefono
        |numero de telefono|n de telefono|numero telefonico|movil|telefono movil|celular|numero de celular
        |telefono celular|numero de movil|telefono fijo""",
    "website": """website|web site|website url|company website|homepage|home page|web page|website 1 value|web
        |url|site|company website url|company url|domain|company domain|company domain name|domain name
        |web address|site url|website address|webpage|primary domain|email domain name|webseite|internetseite
        |internet|internetadresse|webadresse|domane|website adresse|homepage url|url der website|site web
        |site internet|page web|url du site web|url du site|adresse web|adresse du site web|nom de domaine
        |domaine|sitio web|pagina web|pagina|dominio|url del sitio web|direccion web|web de la empresa""",
    "linkedin": """linkedin|linkedin url|person linkedin url|linkedin profile|linkedin profile url|linkedin link
        |linkedin page|linkedin bio|linkedin address|linkedin public url|linkedin contact profile url|li url
        |linkedin id|linkedin profil|linkedin profil url|linkedin adresse|profil linkedin|url linkedin
        |lien linkedin|page linkedin|perfil de linkedin|perfil linkedin|url de linkedin|enlace de linkedin
        |enlace linkedin|company linkedin url|company linkedin|company linkedin page|linkedin company page
        |linkedin company page url|company linkedin profile""",
    "industry": """industry|industries|sector|primary industry|industry sector|business sector|vertical
        |industry vertical|market segment industry|line of business|industry name|branche|wirtschaftszweig
        |branchen|industriezweig|industrie|wirtschaftsbereich|secteur|secteur d activite|domaine d activite
        |secteur activite|industria|sector industrial|sector de actividad|rubro|giro""",
    "employees": """employees|number of employees|no of employees|num employees|employee count|employees count
        |company size|headcount|company headcount|total employees|employee range|employees range|no employees
        |size|staff|staff count|employee size|num of employees|company employee count|company headcount range
        |mitarbeiter|mitarbeiterzahl|anzahl mitarbeiter|anzahl der mitarbeiter|mitarbeiteranzahl
        |anzahl mitarbeitende|anzahl der mitarbeitenden|mitarbeitende|beschaftigte|anzahl beschaftigte
        |beschaftigtenzahl|unternehmensgrosse|firmengrosse|effectif|effectifs|nombre d employes
        |nombre de salaries|nombre de collaborateurs|nb employes|nb salaries|salaries|employes
        |taille de l entreprise|empleados|numero de empleados|cantidad de empleados|n de empleados|plantilla
        |tamano de la empresa|num empleados""",
    "city": """city|town|locality|city town|town city|mailing city|business city|address 1 city|work city
        |city name|city town village locality|suburb|stadt|ort|wohnort|stadt ort|ort stadt|ortschaft|gemeinde
        |ville|localite|commune|ciudad|localidad|poblacion|municipio|ciudad poblacion""",
    "region": """state|region|state region|state province|province|mailing state province|mailing state
        |business state|address 1 region|state county|state or region|state or province|province state
        |region state|county|county state|state code|province code|state abbr|state name|state province region
        |us state|state territory|prov|region name|bundesland|bundesstaat|kanton|provinz|bundesland region
        |bundesland kanton|bundesstaat region|region bundesland|departement|region departement|etat|etat region
        |region etat|dep region|dept|etat province|provincia|estado|comunidad autonoma|estado region
        |estado provincia|provincia estado""",
    "country": """country|country region|mailing country|business country region|business country
        |address 1 country|country name|nation|country or region|region country|country code|country iso
        |iso country|country territory|land|land region|staat|landername|landesname|land region code|landercode
        |landercode iso|pays|pays region|nom du pays|code pays|pais|pais region|region pais|pais o region
        |codigo de pais|codigo pais|nombre del pais""",
    "location": """location|city state|city and state|headquarters|hq|hq location|headquarters location
        |city state zip|place|based in|city country|city state country|geography|current location|standort|sitz
        |firmensitz|hauptsitz|lieu|localisation|emplacement|siege|siege social|ubicacion|lugar|sede""",
    "source": """source|lead source|original source|lead origin|contact source|source of lead|utm source
        |first source|channel|acquisition source|lead source detail|how did you hear about us|source name
        |source channel|quelle|leadquelle|lead quelle|herkunft|ursprungliche quelle|kontaktquelle|origine
        |provenance|source du lead|source d origine|source du prospect|source du contact|fuente|origen
        |fuente del lead|fuente original|origen del lead|fuente de prospecto|procedencia""",
    "value": """value|deal value|amount|deal amount|lead value|expected revenue|opportunity amount
        |estimated value|opportunity value|deal size|expected value|estimated deal value|potential value|wert
        |betrag|umsatzpotenzial|auftragswert|dealwert|deal wert|deal betrag|leadwert|valeur|montant
        |valeur du deal|montant de la transaction|valor|importe|monto|valor del negocio|valor del trato""",
    "owner": """owner|contact owner|lead owner|person owner|owner name|record owner|assigned to|assignee
        |sales owner|assigned user|assigned owner|account manager|sales rep|salesperson|sales person
        |sales representative|account executive|assigned rep|owner email|account owner|company owner
        |organization owner|deal owner|opportunity owner|owner full name|zustandig|zustandiger mitarbeiter
        |zustandige person|zustandiger|kontakt zustandiger mitarbeiter|fur kontakt zustandiger mitarbeiter
        |kontaktinhaber|kontakteigentumer|eigentumer|besitzer|betreuer|kundenbetreuer|verantwortlicher
        |verantwortlich|verantwortliche person|bearbeiter|sachbearbeiter|vertriebsmitarbeiter|lead inhaber
        |leadinhaber|inhaber|proprietaire|proprietaire du contact|proprietaire du lead|responsable
        |responsable commercial|commercial|charge de compte|attribue a|assigne a|propietario
        |propietario del contacto|propietario del lead|propietario del registro|comercial|asignado a|agente
        |ejecutivo de cuenta|vendedor""",
    "note": """notes|note|comments|comment|remarks|remark|description|contact notes|lead notes|memo
        |additional notes|internal notes|notes comments|additional information|message|background|background info
        |notizen|notiz|bemerkungen|bemerkung|kommentar|kommentare|anmerkungen|anmerkung|beschreibung|nachricht
        |remarques|remarque|commentaires|commentaire|observations|notas|nota|comentarios|comentario|observaciones
        |observacion|descripcion|mensaje""",
    "stage": """stage|lead status|lead stage|lifecycle stage|pipeline stage|deal stage|contact stage|status
        |lead state|contact status|sales stage|opportunity stage|phase|leadstatus|lifecycle phase|kontaktstatus
        |pipeline phase|deal phase|vertriebsphase|statut|statut du lead|statut du prospect|etape
        |etape du pipeline|etapa|estado del lead|etapa del negocio|etapa del embudo|estado del prospecto""",
    "tags": """tags|tag|labels|label|lead tags|contact tags|categories|category|groups|group membership|group
        |tag list|segments|schlagworte|schlagworter|schlagwort|stichworte|stichworter|etiketten|etikett
        |kategorien|kategorie|gruppen|gruppe|etiquettes|etiquette|mots cles|groupes|libelles|etiquetas|etiqueta
        |categorias|categoria|grupos""",
}  # fmt: skip

# Names that hold a field's word and mean something else.
_NOTHING = """
    user name|username|client id|lead id|contact id|person id|account id|company id|customer id|organization id
    |email opt out|phonetic name|business type|user role|account type|customer type|job category|country calling code
    |business contact|company contact|home page title|client role|member status|customer group|account number
    |customer number|customer no|client number|client no|personal number|person number|office|office location
    |home address|contact person id|kontakt nr|kundennummer|kunden nr|private note|lead title|deal title
    |company title|account title|lead score|contact owner id|owner id"""
NOTHING = frozenset(name.strip() for name in _NOTHING.split("|"))

RANKED = {
    name.strip(): (field, rank) for field, names in NAMES.items() for rank, name in enumerate(names.split("|"))
}  # {header: (field, rank)}
GLUED = {name.replace(" ", ""): found for name, found in reversed(RANKED.items()) if len(name) > 4}
