"""Certificates for servers of tests, and an authority that vouches for them."""

import datetime
import socket
import ssl
import threading
from contextlib import contextmanager
from types import SimpleNamespace

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.core.raw_server import page


def authority(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _signed("An authority for tests", key, key, None, is_authority=True)
    made = SimpleNamespace(key=key, certificate=certificate, folder=folder, path=folder / "ca.pem")
    made.path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return made


def certified(ca, name, *, valid=True):
    """The file with the key and the certificate of `name`."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _signed(name, key, ca.key, ca.certificate.subject, valid=valid)
    path = ca.folder / f"{name}-{valid}.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


def _signed(name, key, signing_key, issuer, *, is_authority=False, valid=True):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.datetime.now(datetime.UTC)
    ends = today + datetime.timedelta(days=2 if valid else -1)
    usage = dict.fromkeys(
        ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
         "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False,
    )  # fmt: skip
    usage["key_cert_sign" if is_authority else "digital_signature"] = True
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=3))
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name.replace(" ", "-"))]), critical=False)
        .sign(signing_key, hashes.SHA256())
    )


@contextmanager
def tls_server(path):
    """Answers one page to each connection. `names` are the hosts that were asked for in the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    server = SimpleNamespace(names=[])
    context.sni_callback = lambda sock, name, context: server.names.append(name)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        thread = threading.Thread(target=_serve, args=(listener, context), daemon=True)
        thread.start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def _serve(listener, context):
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        try:
            with context.wrap_socket(connection, server_side=True) as connection:
                connection.recv(4096)
                connection.sendall(page(b"hello", "Connection: close"))
        except OSError:  # the other side did not like the certificate
            pass
