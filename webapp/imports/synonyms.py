"""What other programs call our fields, in English, German, French and Spanish; the best names of a field first.

Written as matching.plain() leaves them: lower case, no accents, words parted by one space. Among them are the headers
that HubSpot, Salesforce, Apollo, LinkedIn, Google Contacts, Outlook, Pipedrive and Mailchimp export.
"""

NAMES = {
    "email": """email|e mail|email address|e mail address|mail|email 1|e mail 1 value|email work
        |work email|email 1 value|person email work|person email|contact email|primary email|business email
        |e mail 1 address|email id|email adress|mail address|emailaddress|person email other
        |person email home|personal email|secondary email|work email address|e mail adresse|email adresse
        |mailadresse|e mail geschaftlich|courriel|adresse email|adresse e mail|adresse mail|adresse courriel
        |adresse electronique|mel|correo|correo electronico|direccion de correo electronico
        |direccion de correo|email de trabajo""",
    "first_name": """first name|firstname|given name|forename|first|person first name
        |contact first name|fname|christian name|vorname|prenom|nombre de pila|primer nombre""",
    "last_name": """last name|lastname|surname|family name|last|person last name|contact last name
        |lname|second name|nachname|familienname|zuname|nom de famille|nom famille|apellido|apellidos
        |primer apellido""",
    "full_name": """full name|fullname|contact name|person name|contact|person|name|lead name
        |contact person|display name|file as|name contact|customer name|ansprechpartner|ansprechpartnerin
        |kontakt|kontaktperson|kontaktname|vollstandiger name|vor und nachname|name vorname|nom complet
        |nom et prenom|prenom et nom|nom prenom|contact nom|nombre completo|nombre y apellidos
        |nombre y apellido|contacto|persona de contacto|nombre""",
    "company": """company|company name|account name|organization name|organisation name|company account
        |organization|organisation|account|associated company|organization 1 name|person organization
        |business name|employer|business|primary company|company name for emails|lead company
        |current company|company legal name|customer|firma|firmenname|unternehmen|unternehmensname
        |organisationsname|betrieb|firma name|name der firma|entreprise|societe|nom de l entreprise
        |nom de la societe|raison sociale|nom entreprise|empresa|nombre de la empresa|nombre de empresa
        |compania|razon social|organizacion""",
    "title": """job title|title|position|role|jobtitle|person job title|organization title
        |organization 1 title|contact title|job position|job role|headline|designation|current position
        |funktion|berufsbezeichnung|jobtitel|stelle|titel|position im unternehmen|stellenbezeichnung|poste
        |fonction|intitule du poste|titre|intitule de poste|cargo|puesto|titulo|puesto de trabajo""",
    "phone": """phone|phone number|telephone|tel|work phone|business phone|phone 1 value|first phone
        |work direct phone|person phone work|direct phone|phone 1|primary phone|person phone|contact phone
        |mobile|mobile phone|mobile number|mobile phone number|cell phone|cell|person phone mobile
        |corporate phone|company phone|office phone|main phone|person phone home|person phone other
        |home phone|other phone|telephone number|phone work|telefon|telefonnummer|telefon geschaftlich
        |rufnummer|handy|handynummer|mobiltelefon|mobil|mobilnummer|tel nr|telefon mobil|numero de telephone
        |telephone professionnel|telephone mobile|portable|tel portable|telefono|numero de telefono|movil
        |telefono movil|celular|telefono de trabajo""",
    "website": """website|web site|website url|company website|homepage|web page|web|url
        |website 1 value|site|company url|domain|company domain|company domain name|web address
        |organization website|organization web|webseite|internetseite|internet|internetadresse|webadresse
        |domane|site web|site internet|page web|sitio web|pagina web|pagina|dominio""",
    "linkedin": """linkedin|linkedin url|person linkedin url|linkedin profile|linkedin profile url
        |linkedin link|contact linkedin url|linkedin page|company linkedin url|company linkedin
        |organization linkedin|linkedin company page|linkedin profil|profil linkedin|perfil de linkedin""",
    "industry": """industry|industries|sector|primary industry|company industry|industry sector
        |business sector|vertical|organization industry|branche|wirtschaftszweig|industrie|secteur
        |secteur d activite|industria|sector industrial""",
    "employees": """employees|number of employees|no of employees|num employees|employee count
        |employees count|company size|headcount|size|staff|company employees
        |organization number of employees|mitarbeiter|mitarbeiterzahl|anzahl mitarbeiter
        |anzahl der mitarbeiter|beschaftigte|unternehmensgrosse|effectif|effectifs|nombre d employes
        |nombre de salaries|salaries|empleados|numero de empleados|plantilla""",
    "city": """city|town|mailing city|business city|address 1 city|billing city|work city|primary city
        |company city|locality|person city|home city|other city|address city|stadt|ort|wohnort|ville
        |localite|commune|ciudad|localidad|poblacion|municipio""",
    "region": """state|region|state region|state province|province|mailing state province|mailing state
        |business state|address 1 region|billing state province|billing state|company state|county
        |county state|address state|state code|person state|bundesland|kanton|provinz|departement|provincia
        |estado|comunidad autonoma""",
    "country": """country|country region|mailing country|business country region|business country
        |address 1 country|billing country|company country|country name|nation|address country|country code
        |person country|land|staat|pays|pais""",
    "location": """location|city state|city and state|headquarters|hq|hq location|headquarters location
        |place|person location|contact location|based in|city country|standort|sitz|lieu|localisation
        |emplacement|ubicacion|lugar|sede""",
    "source": """source|lead source|original source|lead origin|utm source|first source|source of lead
        |channel|quelle|leadquelle|herkunft|origine|provenance|fuente|origen|fuente del lead""",
    "value": """value|deal value|amount|deal amount|lead value|expected revenue|opportunity amount
        |estimated value|potential|wert|betrag|umsatzpotenzial|auftragswert|valeur|montant|valor|importe
        |monto""",
    "tags": """tags|tag|labels|lead tags|contact tags|schlagworte|schlagworter|etiketten|etiquettes|mots cles
        |etiquetas""",
}  # fmt: skip

RANKED = {
    name.strip(): (field, rank) for field, names in NAMES.items() for rank, name in enumerate(names.split("|"))
}  # {header: (field, rank)}
