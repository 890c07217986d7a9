"""Why a mail server could not be reached, in plain words and with what to do about it."""

import socket
import ssl

from webapp.core.networks import Barred

from .faults import Dropped, Unavailable

TLS_PORTS, STARTTLS_PORTS = (465, 993), (25, 587, 2525, 143)


def unavailable(error, where, server, *, shaken):
    """The Unavailable to raise for what broke while connecting; `shaken`: somebody had picked up at the other end."""
    if isinstance(error, Barred):
        return Unavailable(f"{where} may not be used: {error}. FETCH_ALLOW can admit it.", lasting=True)
    if isinstance(error, socket.gaierror):
        return Unavailable(f"{where} cannot be reached: DNS knows no {server.host}. Is the name right?")
    if isinstance(error, ssl.SSLCertVerificationError):
        words = f"{where} has a certificate we cannot trust: {error.verify_message}."
        return Unavailable(words, lasting=True)
    if isinstance(error, ssl.SSLError):
        return Unavailable(f"{where} cannot be reached: its encryption (TLS) does not begin.{_other(server)}")
    if isinstance(error, (TimeoutError, Dropped)):
        late = f"{where} did not answer in time, or hung up."
        return Unavailable(late + (_other(server) if shaken else " A firewall or a wrong port is the usual reason."))
    if isinstance(error, ConnectionRefusedError):
        return Unavailable(f"{where} cannot be reached: connection refused. Is {server.port} the right port?")
    reason = getattr(error, "strerror", None) or error
    return Unavailable(f"{where} cannot be reached: {reason}.")


def _other(server):
    """A port is there, and the other way of encrypting is usual on it."""
    if not server.typed:
        return ""
    if server.tls == "always" and server.port in STARTTLS_PORTS:
        return f" On port {server.port}, STARTTLS is usual."
    if server.tls != "always" and server.port in TLS_PORTS:
        return f" On port {server.port}, TLS from the first byte is usual."
    return ""


def no_encryption(where, server):
    """The sentence for a server (an smtp.Server) that offers none; `where` names it."""
    if server.typed:
        tls_port = TLS_PORTS[server.port == 143]
        return f"{where} offers no encryption (STARTTLS). Use TLS, usually on port {tls_port}."
    return f"{where} offers no encryption. Use smtps://, or add ?starttls=no to MAIL_URL to send unencrypted."
