# ruff: noqa: E501  headers stand here as programs write them
"""The columns of what people export, each with the target it must get: {what: "Name=target; Name; …"}.

A name without a target must get none. Where several columns could fill one target, only the best has it.
"""

_HEADERS = {
    "HubSpot": """Record ID; First Name=first_name; Last Name=last_name; Email=email; Phone Number=phone; Contact owner=owner;
        Primary Associated Company ID; Last Activity Date; Lead Status=stage; Create Date; Associated Company; Company name=company;
        Job Title=title; Website URL=website; Number of Employees=employees; City=city; State/Region=region; Country/Region=country;
        Industry=industry; Marketing contact status; LinkedIn URL=linkedin; Original Source=source; Postal Code; Mobile Phone Number;
        Time Zone; Email Domain; Unsubscribed from all email; Number of times contacted; Twitter Username; Message=note""",
    "HubSpot, internal names": """hs_object_id; firstname=first_name; lastname=last_name; email=email; phone=phone; mobilephone;
        jobtitle=title; company=company; website=website; city=city; state=region; country=country; zip; industry=industry;
        numemployees=employees; hubspot_owner_id; hs_lead_status; createdate; lastmodifieddate; hs_email_optout""",
    "HubSpot in German": """Datensatz-ID; Vorname=first_name; Nachname=last_name; E-Mail=email; Telefonnummer=phone;
        Für Kontakt zuständiger Mitarbeiter=owner; Name des Unternehmens=company; Jobbezeichnung=title; Website-URL=website;
        Ort=city; Bundesland/Region=region; Land/Region=country; Branche=industry; Mitarbeiterzahl=employees; Lead-Status=stage;
        Postleitzahl; Erstellungsdatum; Ursprüngliche Quelle=source""",
    "HubSpot in French": """ID de fiche d'informations; Prénom=first_name; Nom=last_name; E-mail=email; Numéro de téléphone=phone;
        Propriétaire du contact=owner; Statut du lead=stage; Nom de l'entreprise=company; Intitulé du poste=title;
        URL du site web=website; Ville=city; État/Région=region; Pays/Région=country; Secteur d'activité=industry;
        Nombre d'employés=employees; Date de création; Code postal""",
    "HubSpot in Spanish": """ID de registro; Nombre=first_name; Apellidos=last_name; Correo=email; Número de teléfono=phone;
        Propietario del contacto=owner; Estado del lead=stage; Nombre de la empresa=company; Cargo=title;
        URL del sitio web=website; Ciudad=city; Estado/Región=region; País/Región=country; Sector=industry;
        Número de empleados=employees; Fecha de creación""",
    "Salesforce contacts": """Salutation; First Name=first_name; Last Name=last_name; Title=title; Account Name=company; Mailing Street;
        Mailing City=city; Mailing State/Province=region; Mailing Zip/Postal Code; Mailing Country=country; Phone=phone; Fax; Mobile;
        Email=email; Account Owner; Contact Owner=owner; Lead Source=source; Last Activity; Email Opt Out; Description=note; Birthdate;
        Contact ID; Reports To; Assistant; Asst. Phone; Department""",
    "Salesforce leads": """First Name=first_name; Last Name=last_name; Title=title; Company / Account=company; Lead Source=source;
        Street; City=city; State/Province=region; Zip/Postal Code; Country=country; Phone=phone; Mobile; Email=email; Website=website;
        Industry=industry; No. of Employees=employees; Annual Revenue; Lead Status=stage; Rating; Lead Owner=owner; Unread By Owner;
        Converted; Created Date""",
    "Salesforce API": """Id; IsDeleted; LastName=last_name; FirstName=first_name; Salutation; Name; Title=title; Company=company; Street;
        City=city; State=region; PostalCode; Country=country; Latitude; Phone=phone; MobilePhone; Email=email; Website=website;
        PhotoUrl; Description=note; LeadSource=source; Status; Industry=industry; Rating; NumberOfEmployees=employees; OwnerId;
        IsConverted; CreatedDate; CreatedById; SystemModstamp; LastActivityDate""",
    "Apollo": """First Name=first_name; Last Name=last_name; Title=title; Company=company; Company Name for Emails; Email=email;
        Email Status; Primary Email Source; Email Confidence; Primary Email Catch-all Status; Primary Email Last Verified At; Seniority;
        Departments; Contact Owner=owner; Work Direct Phone=phone; Home Phone; Mobile Phone; Corporate Phone; Other Phone; Stage=stage;
        Lists=tags; Last Contacted; Account Owner; # Employees=employees; Industry=industry; Keywords; Person Linkedin Url=linkedin;
        Website=website; Company Linkedin Url; Facebook Url; Twitter Url; City=city; State=region; Country=country; Company Address;
        Company City; Company State; Company Country; Company Phone; Technologies; Annual Revenue; Total Funding; Latest Funding;
        Latest Funding Amount; Last Raised At; Subsidiary of; Email Sent; Email Open; Email Bounced; Replied; Demoed;
        Number of Retail Locations; Apollo Contact Id; Apollo Account Id; Secondary Email; Secondary Email Source; Tertiary Email""",
    "Apollo accounts": """Company=company; Company Name for Emails; Account Stage; Lists=tags; # Employees=employees; Industry=industry;
        Account Owner=owner; Website=website; Company Linkedin Url=linkedin; Facebook Url; Company Street; Company City=city;
        Company State=region; Company Country=country; Company Postal Code; Company Address; Keywords; Company Phone=phone; Technologies;
        Total Funding; SIC Codes; Short Description; Founded Year; Apollo Account Id""",
    "LinkedIn connections": """First Name=first_name; Last Name=last_name; URL=linkedin; Email Address=email; Company=company;
        Position=title; Connected On""",
    "Google Contacts": """First Name=first_name; Middle Name; Last Name=last_name; Phonetic First Name; Phonetic Middle Name;
        Phonetic Last Name; Name Prefix; Name Suffix; Nickname; File As; Organization Name=company; Organization Title=title;
        Organization Department; Birthday; Notes=note; Photo; Labels=tags; E-mail 1 - Label; E-mail 1 - Value=email; E-mail 2 - Label;
        E-mail 2 - Value; Phone 1 - Label; Phone 1 - Value=phone; Phone 2 - Label; Phone 2 - Value; Address 1 - Label;
        Address 1 - Formatted; Address 1 - Street; Address 1 - City=city; Address 1 - PO Box; Address 1 - Region=region;
        Address 1 - Postal Code; Address 1 - Country=country; Address 1 - Extended Address; Website 1 - Label; Website 1 - Value=website;
        Event 1 - Label; Event 1 - Value; Custom Field 1 - Label; Custom Field 1 - Value""",
    "Google Contacts, as it was": """Name; Given Name=first_name; Additional Name; Family Name=last_name; Yomi Name; Given Name Yomi;
        Name Prefix; Name Suffix; Initials; Nickname; Short Name; Maiden Name; Birthday; Gender; Location; Billing Information;
        Directory Server; Mileage; Occupation; Hobby; Sensitivity; Priority; Subject; Notes=note; Language; Photo; Group Membership=tags;
        E-mail 1 - Type; E-mail 1 - Value=email; E-mail 2 - Type; E-mail 2 - Value; Phone 1 - Type; Phone 1 - Value=phone;
        Phone 2 - Value; Address 1 - Type; Address 1 - Formatted; Address 1 - Street; Address 1 - City=city; Address 1 - Region=region;
        Address 1 - Country=country; Organization 1 - Type; Organization 1 - Name=company; Organization 1 - Title=title;
        Organization 1 - Department; Organization 1 - Location; Website 1 - Type; Website 1 - Value=website""",
    "Outlook": """Title; First Name=first_name; Middle Name; Last Name=last_name; Suffix; Company=company; Department; Job Title=title;
        Business Street; Business City=city; Business State=region; Business Postal Code; Business Country/Region=country; Home Street;
        Home City; Home State; Home Country/Region; Other City; Other State; Assistant's Phone; Business Fax; Business Phone=phone;
        Business Phone 2; Callback; Car Phone; Company Main Phone; Home Fax; Home Phone; ISDN; Mobile Phone; Other Phone; Pager;
        Primary Phone; Radio Phone; TTY/TDD Phone; Telex; Account; Anniversary; Assistant's Name; Billing Information; Birthday;
        Categories=tags; Children; Directory Server; E-mail Address=email; E-mail Type; E-mail Display Name; E-mail 2 Address;
        E-mail 2 Type; Gender; Government ID Number; Hobby; Initials; Internet Free Busy; Keywords; Language; Location;
        Manager's Name; Mileage; Notes=note; Office Location; Organizational ID Number; PO Box; Priority; Private; Profession;
        Referred By; Sensitivity; Spouse; User 1; Web Page=website""",
    "Outlook in German": """Anrede; Vorname=first_name; Weitere Vornamen; Nachname=last_name; Suffix; Firma=company; Abteilung;
        Position=title; Straße geschäftlich; Ort geschäftlich=city; Region geschäftlich=region; Postleitzahl geschäftlich;
        Land/Region geschäftlich=country; Straße privat; Ort privat; Telefon geschäftlich=phone; Telefon (privat); Mobiltelefon;
        Fax geschäftlich; E-Mail-Adresse=email; E-Mail-Typ; E-Mail: Angezeigter Name; E-Mail 2: Adresse; Kategorien=tags;
        Notizen=note; Webseite=website; Geburtstag; Name Assistent""",
    "Outlook in French": """Civilité; Prénom=first_name; Deuxième prénom; Nom=last_name; Société=company; Service; Titre=title;
        Rue (bureau); Ville (bureau)=city; Dép/Région (bureau)=region; Code postal (bureau); Pays/Région (bureau)=country;
        Télécopie (bureau); Téléphone (bureau)=phone; Tél. mobile; Adresse de messagerie=email; Type de messagerie; Notes=note;
        Page Web=website; Catégories=tags; Anniversaire""",
    "Pipedrive people": """Person - Name=full_name; Person - Organization=company; Person - Phone - Work=phone; Person - Phone - Home;
        Person - Email - Work=email; Person - Email - Other; Person - Job title=title; Person - Owner=owner; Person - Labels=tags;
        Person - Open deals; Person - Won deals; Person - Next activity date; Person - ID; Person - Update time;
        Person - City/town/village/locality of Postal address=city; Person - State/county of Postal address=region;
        Person - Country of Postal address=country; Person - ZIP/Postal code of Postal address; Person - Notes=note""",
    "Pipedrive deals": """Deal - Title; Deal - Contact person=full_name; Deal - Organization=company; Deal - Value=value;
        Deal - Currency of Value; Deal - Owner=owner; Deal - Status; Deal - Deal created; Person - Email - Work=email;
        Person - Phone - Work=phone; Organization - Website=website; Organization - Industry=industry""",
    "Pipedrive, short": """Name=full_name; Organization=company; Email - Work=email; Phone - Work=phone; Email - Home; Label=tags;
        Owner=owner; Open deals; Next activity date; ID""",
    "Mailchimp": """Email Address=email; First Name=first_name; Last Name=last_name; Address; Phone Number=phone; Birthday; Company=company;
        MEMBER_RATING; OPTIN_TIME; OPTIN_IP; CONFIRM_TIME; CONFIRM_IP; LATITUDE; LONGITUDE; GMTOFF; DSTOFF; TIMEZONE; CC=country;
        REGION=region; LAST_CHANGED; LEID; EUID; NOTES=note; TAGS=tags""",
    "Mailchimp, merge tags": """EMAIL=email; FNAME=first_name; LNAME=last_name; PHONE=phone; MEMBER_RATING; OPTIN_TIME; LEID; TAGS=tags""",
    "Meta lead ads": """id; created_time; ad_id; ad_name; adset_id; adset_name; campaign_id; campaign_name; form_id; form_name; is_organic;
        platform; full_name=full_name; email=email; phone_number=phone; company_name=company; job_title=title; city=city; state=region;
        country=country; how_many_employees_do_you_have?; inbox_url""",
    "Meta lead ads, asked": """id; created_time; ad_name; adset_name; form_name; platform; first_name=first_name; last_name=last_name;
        work_email=email; work_phone_number=phone; what_is_your_company_name?=company; lead_status=stage""",
    "Galena": """First name=first_name; Last name=last_name; Stage=stage; Owner=owner; Center; Tags=tags; Company=company; Job title=title;
        E-mail=email; Domain; Phone=phone; Website=website; LinkedIn=linkedin; Industry=industry; Employees=employees; City=city;
        Region=region; Country=country; Source=source; Score; Value=value; Lost reason; Next to-do; Due; Kind of next to-do; Last touch;
        Created; Stage changed; Contacted; Replied; Converted; Lost""",
    "ZoomInfo": """ZoomInfo Contact ID; Last Name=last_name; First Name=first_name; Job Title=title; Job Title Hierarchy Level;
        Management Level; Job Function; Direct Phone Number=phone; Email Address=email; Email Domain; Mobile phone; Person Street;
        Person City=city; Person State=region; Person Zip Code; Country=country; LinkedIn Contact Profile URL=linkedin; ZoomInfo Company ID;
        Company Name=company; Company Description; Website=website; Founded Year; Company HQ Phone; Revenue (in 000s USD);
        Employees=employees; Employee Range; SIC Code 1; Primary Industry=industry; Primary Sub-Industry; Company Street Address;
        Company City; Company State; Company Country; Full Address""",
    "Close": """lead_name=company; description=note; primary_contact_name; primary_contact_first_name=first_name;
        primary_contact_last_name=last_name; primary_contact_title=title; primary_contact_primary_phone=phone;
        primary_contact_primary_email=email; address_1_city=city; address_1_state=region; address_1_country=country""",
    "Brevo": """EMAIL=email; LASTNAME=last_name; FIRSTNAME=first_name; SMS=phone; EXT_ID; DOUBLE_OPT-IN; ADDED_TIME; MODIFIED_TIME""",
    "Zoho": """Lead Name=full_name; Email=email; Phone=phone; Lead Source=source; Lead Owner=owner; Lead Status=stage; Industry=industry;
        No. of Employees=employees; Annual Revenue; Email Opt Out; Skype ID; Zip Code; State=region; City=city; Country=country""",
    "A list of odd spellings": """Business Email=email; Direct Dial=phone; Cell; Org=company; Designation / Role=title; Corp. Website=website;
        Head Count=employees; Remarks=note; Assigned To=owner; First Name (Optional)=first_name; Last Name (Required)=last_name""",
    "A list in German, of firms": """Firmenname=company; Ansprechpartner Vorname=first_name; Ansprechpartner Nachname=last_name;
        Ansprechpartner E-Mail=email; Telefon Zentrale=phone; Straße; PLZ; Stadt=city; Bundesland=region; Website=website;
        Branche=industry; Anz. Mitarbeiter=employees; Position/Funktion=title""",
    "A list in English": """Full Name=full_name; Work Email Address=email; Contact Number=phone; Company / Organization=company;
        Designation=title; LinkedIn Profile=linkedin; Company Website=website; Headcount=employees; HQ Location=location; Comments=note""",
    "A list in snake_case": """contact_first_name=first_name; contact_last_name=last_name; contact_email=email; contact_phone=phone;
        company_name=company; company_domain=website; linkedin_url=linkedin; employee_count=employees; company_industry=industry;
        lead_source=source; lead_owner=owner; created_at; email_verified; company_description; phone_type""",
    "A list in camelCase": """firstName=first_name; lastName=last_name; workEmail=email; mobilePhone=phone; companyName=company;
        jobTitle=title; linkedInUrl=linkedin; websiteUrl=website; employeeCount=employees; contactOwner=owner; emailStatus; userId""",
    "A list with prefixes": """Contact: First Name=first_name; Contact: Last Name=last_name; Contact: Email=email; Contact: Phone=phone;
        Account: Name=company; Account: Website=website; Account: Industry=industry; Contact: Mailing City=city;
        Contact: Mailing Country=country; Contact: Created Date; Account: ID""",
    "A list in German": """Vorname=first_name; Name=last_name; Firma=company; Strasse; PLZ; Ort=city; Land=country; Telefon (geschäftlich)=phone;
        Handy; E-Mail (geschäftlich)=email; Internet=website; Anzahl Mitarbeiter=employees; Bemerkungen=note; Betreuer=owner""",
    "A list in French": """Nom=last_name; Prénom=first_name; Société=company; Fonction=title; Adresse e-mail professionnelle=email;
        Téléphone portable=phone; Code postal; Ville=city; Pays=country; Effectif=employees; Commentaires=note; Étiquettes=tags""",
    "A list in Spanish": """Nombre completo=full_name; Empresa=company; Puesto=title; Correo electrónico=email; Teléfono móvil=phone;
        Página web=website; Ciudad=city; Provincia=region; País=country; Observaciones=note; Comercial=owner""",
    "What holds our words and is none of ours": """User name; Email opt-in; Email Status; Last contacted; First contact; Phone Type;
        Company ID; Company description; Company address; Account number; Country calling code; Date of birth; Nickname; Manager;
        CEO Name; Spouse Name; Campaign name; File name; Email subject; Number of emails; Website visits; Company founded; Value date;
        Owner ID; Title prefix; Industry code; Last Modified By; Email template; Preferred language; Contact ID""",
}

HEADERS = {
    what: [tuple(part.strip() for part in f"{column}=".split("=")[:2]) for column in text.split(";")]
    for what, text in _HEADERS.items()
}
