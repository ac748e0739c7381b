"""A local authority and a certificate for the names of the office network, for `serve --tls`.

Browsers give pages on other machines GPS and offline work over HTTPS alone. Inside an office no public authority knows
the server, so the office makes its own: phones trust `authority.pem` once, the server's certificate is renewed at will.
"""

import ipaddress
import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from jangkau.errors import InputError

AUTHORITY, AUTHORITY_KEY = "authority.pem", "authority.key"
CERTIFICATE, CERTIFICATE_KEY = "server.pem", "server.key"

AUTHORITY_DAYS = 3650
CERTIFICATE_DAYS = 397
"""Browsers refuse certificates that hold for longer than 398 days."""

EARLIER = timedelta(days=1)
"""Certificates hold from then, since clocks of phones differ."""

_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


@dataclass(frozen=True, slots=True)
class Certificates:
    """Where the files are, until when the certificate holds, and whether phones must trust a new authority."""

    authority: Path
    certificate: Path
    key: Path
    valid_to: datetime
    new_authority: bool


def make_certificates(folder: Path, names: list[str], now: datetime) -> Certificates:
    """Make a certificate of the server for some names; the authority that is there signs it, else a new one.

    Parameters
    ----------
    folder : Path
        Made where it is missing. Keys in it are readable by their owner alone.
    names : list of str
        Host names or addresses by which phones and browsers reach the server.
    now : datetime

    Raises
    ------
    InputError
        When a name is neither, or half of an authority is missing.
    """
    subjects = [_subject(name) for name in names]
    folder.mkdir(parents=True, exist_ok=True)
    there = [(folder / file).is_file() for file in (AUTHORITY, AUTHORITY_KEY)]
    if any(there) and not all(there):
        raise InputError("tls.half_authority", folder=str(folder), files=f"{AUTHORITY}, {AUTHORITY_KEY}")
    if not all(there):
        _make_authority(folder, now)
    authority = x509.load_pem_x509_certificate((folder / AUTHORITY).read_bytes())
    signer = serialization.load_pem_private_key((folder / AUTHORITY_KEY).read_bytes(), None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise InputError("tls.half_authority", folder=str(folder), files=f"{AUTHORITY}, {AUTHORITY_KEY}")
    valid_to = min(now + timedelta(days=CERTIFICATE_DAYS), authority.not_valid_after_utc)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _begin(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])]), key, now - EARLIER, valid_to)
        .issuer_name(authority.subject)
        .add_extension(x509.SubjectAlternativeName(subjects), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    _write(folder / CERTIFICATE_KEY, _pem(key), secret=True)
    chain = certificate.public_bytes(serialization.Encoding.PEM) + (folder / AUTHORITY).read_bytes()
    _write(folder / CERTIFICATE, chain)
    return Certificates(folder / AUTHORITY, folder / CERTIFICATE, folder / CERTIFICATE_KEY, valid_to, not all(there))


def _subject(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        if _NAME.fullmatch(name.lower()) is None:
            raise InputError("tls.no_name", name=name) from None
        return x509.DNSName(name.lower())


def _make_authority(folder: Path, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Jangkau {now:%Y-%m-%d}")])
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        _begin(name, key, now - EARLIER, now + timedelta(days=AUTHORITY_DAYS))
        .issuer_name(name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(folder / AUTHORITY_KEY, _pem(key), secret=True)
    _write(folder / AUTHORITY, certificate.public_bytes(serialization.Encoding.PEM))


def _begin(
    name: x509.Name, key: ec.EllipticCurvePrivateKey, valid_from: datetime, valid_to: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid_from)
        .not_valid_after(valid_to)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


def _write(path: Path, content: bytes, *, secret: bool = False) -> None:
    """Write a file that is whole or not there; a secret one is never readable by others, not for a moment."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if secret else 0o644), "wb") as stream:
        stream.write(content)
    new.replace(path)
