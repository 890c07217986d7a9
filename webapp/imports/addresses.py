"""Addresses worth a look before they are written to: those of a role, and throw-away ones."""

from functools import cache

# What stands before the @ of an address that no single person reads, in English, German, French and Spanish.
_ROLES = """
    abuse accounting accounts admin administration administrator billing booking bookings career careers contact
    contactus customerservice enquiries enquiry feedback finance general hello help helpdesk hi hr info information
    inquiries inquiry invoice invoices jobs legal mail mailbox marketing media news newsletter no-reply noreply office
    orders postmaster press privacy purchasing reception recruiting recruitment reservations sales security service
    services shop staff support team webmaster welcome
    anfrage anfragen bewerbung bewerbungen buchhaltung buero datenschutz einkauf empfang geschaeftsfuehrung hallo
    karriere kontakt kundenservice personal post presse rechnung rechnungen sekretariat verkauf vertrieb verwaltung
    zentrale
    accueil achats bonjour commande commandes commercial comptabilite contacto direction emploi facturation recrutement
    secretariat serviceclient
    administracion atencion atencionalcliente ayuda clientes comercial compras contabilidad correo empleo facturacion
    hola informacion pedidos prensa recepcion reservas rrhh soporte ventas"""
ROLES = frozenset(_ROLES.split())
_ROLE = "This is the address of a role, not of a person."
_THROWAWAY = "This is an address of the kind that people throw away."


def is_role(email):
    """Whether an address (in lower case) is that of a role: info@, sales@, kontakt@, also sales.de@ and info-uk@."""
    name = email.partition("@")[0].partition("+")[0]
    return name in ROLES or (not name.isalpha() and _first_word(name) in ROLES)


def _first_word(name):
    """ "info" of "info-uk", "sales.fr", "office2"; a longer second part is somebody's name."""
    word, _, rest = name.replace("_", "-").replace(".", "-").partition("-")
    return word.rstrip("0123456789") if len(rest) <= 3 else ""


def is_throwaway(email):
    """Whether an address is of a domain that gives addresses away for minutes, or of one below such a domain."""
    host = email.rpartition("@")[2]
    while "." in host:
        if host in _throwaways():
            return True
        host = host.partition(".")[2]
    return False


def worth_a_look(email):
    """A sentence about an address (in lower case), "" when there is nothing to say."""
    if not email:
        return ""
    return _ROLE if is_role(email) else _THROWAWAY if is_throwaway(email) else ""


@cache
def _throwaways():
    """The domains, some 10,000: 1.2 MB once an import was checked."""
    from disposable_email_domains import blocklist  # heavy: loaded on first use

    return frozenset(blocklist)
