"""How automatic replies speak, by what it means: subjects, absence, machines, people who left."""

from .bounce_words import any_of

_START = r"^[\s\[(*!:<]*"
_AUTO = r"auto(?:mated|matic|matique|m[aá]tic[ao]|matis(?:k|ch)\w*|matyczn\w*|matick\w*|maattinen|mat)?"
AUTO_SUBJECT = any_of(
    rf"{_START}{_AUTO}[\s:_-]*(e-?mail[\s-]?)?(re(ply|plied|sponse|spond(er)?|spons)\b|antwort\w*|antwoord|svar"
    rf"|vastaus|odpow\w+|odpověď|rückmeldung|bericht\b|notification)",
    rf"{_START}auto:",
    rf"{_START}(réponse|respuesta|risposta|resposta|odpowiedź|răspuns(ul)?|svar|message|messaggio|mensaje"
    rf"|mensagem) {_AUTO}",
    rf"{_START}(otomatik yanıt|automatikus válasz|автоматический ответ|ответ автоматически|автоответ|自動(応答|返信)"
    rf"|自动(回复|答复)|自動回覆|자동 ?(회신|응답))",
    rf"{_START}(eingangsbestätigung|empfangsbestätigung|accusé de réception|acuse de recibo|conferma di ricezione"
    rf"|ontvangstbevestiging)",
    r"this is an auto(mated|matic|-?generated) (response|reply|e-?mail|message)",
    rf"[\[(]({_AUTO}[\s-]*(reply|response|antwort|odpowied\w*|svar|antwoord)|(réponse|respuesta|risposta"
    rf"|resposta) {_AUTO}|out[ -]of[ -]office|ooo|abwesen\w*)[\])]",
)  # fmt: skip
AWAY_SUBJECT = any_of(
    rf"{_START}(i('|’| a)m |i will be |i'll be |currently |temporarily |away[:,-]? )*(out[ -]of[ -](the "
    rf"|my )?(office|town|country)|(ooo|oof)\b|away from (the |my )?(office|desk|e-?mail))",
    rf"{_START}(away until|on (annual |parental |maternity |paternity |sick |medical )?(leave|vacation"
    rf"|holidays?)\b|(vacation|holiday|maternity leave|parental leave|annual leave|absence|away) (notice"
    rf"|notification|message|reply|response|responder|auto))",
    rf"{_START}(abwesen\w*|(ich )?bin (derzeit |zur ?zeit |momentan |nicht |leider )*(abwesend|im urlaub|im haus"
    rf"|im büro)|nicht (im (büro|haus)|erreichbar)|außer haus|im urlaub|urlaub(snotiz|sabwesenheit|smeldung"
    rf"|\b.{{0,20}}bis)|elternzeit|mutterschutz)",
    rf"{_START}(absen(t|te|ce)\b|en (congés?|vacances|déplacement)\b|hors du bureau|fuera de (la |mi )?oficina"
    rf"|ausente\b|ausencia|de vacaciones\b|fuori (ufficio|sede)|assen(te|za)\b|in ferie\b)",
    rf"{_START}(afwezig|niet (aanwezig|op kantoor)|buiten kantoor|met (vakantie|verlof)|fora do escritório"
    rf"|ausência|de férias|frånvar|fravær|ikke til ?stede|poissa|lomalla|nieobecn|poza biurem|urlop\b)",
    rf"{_START}(nepřítomn|mimo kancelář|házon kívül|в отпуске|отсутстви|вне офиса|不在|外出|休暇|out of office)",
    r"\bout of (the )?office\b.{0,30}(until|till|\d)",
    r"\b(is|will be|am) (currently )?out of (the )?office\b",
    r"[-–:|] ?(out of office|abwesenheitsnotiz|abwesend)\s*$",
)  # fmt: skip
AWAY = any_of(
    r"\bout[ -]of[ -](the |my )?(office|town|country)\b",
    r"\booo\b",
    r"\baway from (the |my )?(office|desk|e-?mails?)",
    r"\bon (annual |parental |maternity |paternity |sick |medical |family |a business )?(leave|vacation"
    r"|holidays?|trip)\b",
    r"\b(i am|i'm|i’m|i will be|will be|i'll be) (currently |now )?(away|travell?ing|unavailable|absent|off work"
    r"|out\b(?! of))",
    r"\b(will|i'll) (be back|return)( in the office| to (the office|work))?\b|\bam back (on|in)\b",
    r"\breturning to (the office|work)",
    r"nicht (im (büro|haus|office)|am (arbeits)?platz)",
    r"\babwesen(d|heit)",
    r"außer haus|ausser haus",
    r"\b(im|in) (urlaub|elternzeit|mutterschutz|mutterschaftsurlaub)",
    r"wieder (persönlich |für sie |im )*(erreichbar|büro|da\b|haus|zurück|zur verfügung)"
    r"|nicht (persönlich )?erreichbar|(ab dem|am) .{0,20} zurück",
    r"\babsente?\b( du bureau| jusqu| du \d| de| pour|,|\.)",
    r"\ben (congés?|vacances|déplacement|arrêt|formation)\b",
    r"hors du bureau",
    r"de retour (le|au|à|dès)",
    r"fuera de (la |mi )?oficina",
    r"\b(estar[ée]|estoy|encuentro) (ausente|fuera|de (vacaciones|viaje))",
    r"\bde vacaciones\b",
    r"\b(regreso|vuelvo|volver[ée]|regresar[ée]|me reincorpor\w+|vuelta) ",
    r"fuori (ufficio|sede)",
    r"\b(sono|sarò) (assente|in ferie|fuori)",
    r"\b(rientr(o|erò)|sarò di (ritorno|nuovo)|tornerò)\b",
    r"\bafwezig\b",
    r"niet (aanwezig|op kantoor|bereikbaar)",
    r"\b(met|op) (verlof|vakantie)",
    r"(weer|terug) (bereikbaar|aanwezig|op kantoor|te bereiken)",
    r"\bterug op\b",
    r"fora do escritório",
    r"\b(estou|estarei) (ausente|fora|de férias)",
    r"\b(retorno|voltarei|regresso|estarei de volta)\b",
    r"(inte|ikke) på kontoret",
    r"\bpå (semester|ferie)",
    r"frånvarande|fraværende",
    r"nieobecn|poza biurem|na urlopie",
    r"nepřítomen|mimo kancelář",
    r"в отпуске|отсутств|вне офиса",
)  # fmt: skip
MACHINE = any_of(
    r"\b(this|the above) is an auto(mated|matic|-?generated)",
    r"automatically generated|auto-?generated|automatic(ally)? (reply|response)",
    r"(do|please) not (reply|respond) to this",
    r"automatisch (generiert|erstellt|erzeugt|versendet|gegenereerd|bericht)",
    r"automatische (antwort|nachricht|e-?mail)",
    r"(message|réponse) (généré[e]? )?automatique",
    r"(mensaje|respuesta) (generad[oa] )?autom",
    r"(messaggio|risposta) (generat[oa] )?autom",
    r"mensagem (gerada )?autom",
)  # fmt: skip
THANKS = any_of(
    r"\bthank(s| you)( very much| so much)? for (your|the|contacting|writing|getting|reaching|sending)",
    r"\bdank(e)? (ihnen )?für (ihre|ihr|die|deine)",
    r"\bmerci (de|pour) votre",
    r"\bgracias por (su|tu|contactar|escribir)",
    r"\bgrazie per (la (sua|tua)|il (suo|tuo|messaggio)|aver)",
    r"\bbedankt voor (uw|je)|\bdank (u )?(wel )?voor uw", r"\bobrigad[oa] (pelo|por)",
)  # fmt: skip
MEANWHILE = any_of(
    r"(limited|no|intermittent|sporadic|restricted|infrequent) access to (my )?(e-?mails?|voicemail)",
    r"\b(in|for) (case of )?(urgent|emergenc|an urgent|immediate)",
    r"\bif (it is|it's|this is|your \w+ (is|requires)|you (need|require)) .{0,30}(urgent|immediate)",
    r"\b(during|in) my absence",
    r"\bin dringenden",
    r"wird nicht weitergeleitet|nicht (gelesen|weitergeleitet)",
    r"während meiner abwesenheit|meine vertretung|wenden sie sich",
    r"en cas d.urgence|pendant mon absence",
    r"en caso de urgencia|durante mi ausencia",
    r"in caso di urgenza|per urgenze|durante la mia assenza",
    r"bij (spoed|dringende)|voor dringende",
    r"em caso de urgência|durante a minha ausência",
)  # fmt: skip
GONE = any_of(
    r"\b(no longer|not) (work(s|ing)? (for|at|with|here)|employed|with (the|our) (company|organi[sz]ation|firm"
    r"|team)|part of the team|at (the|this) company|here\b)",
    r"\b(has|have) left (the company|our company|the organi[sz]ation|the firm|us\b)",
    r"\bmy last day (was|with)",
    r"nicht mehr (für|bei|in|im|am) .{0,40}(tätig|beschäftigt|angestellt)|nicht mehr (im"
    r"|in unserem) (unternehmen|haus)|nicht mehr (tätig|beschäftigt|mitarbeiter)|(unternehmen"
    r"|firma) .{0,20}verlassen|ausgeschieden",
    r"ne (fait|travaille) plus (partie|chez|pour|dans)|a quitté (la société|l.entreprise|notre)",
    r"ya no (trabaj\w+|form\w+ parte)",
    r"non (lavora|fa) più (per|presso|in|parte)",
    r"niet (meer|langer) (werkzaam|in dienst)",
    r"não (trabalha mais|faz mais parte)|já não trabalha",
)  # fmt: skip
