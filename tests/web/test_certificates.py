import socket
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta

import pytest

from jangkau.errors import InputError
from jangkau.web.certificates import make_certificates

NOW = datetime.now(UTC)


def handshake(made, name, trusted):
    """Return the names that a real server shows to a client; raises what the client does not like."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(made.certificate, made.key)
    asking = ssl.create_default_context(cafile=made.authority if trusted else None)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer():
            connection, _ = listening.accept()
            try:
                with serving.wrap_socket(connection, server_side=True) as open_one:
                    open_one.recv(1)
            except (ssl.SSLError, OSError):
                connection.close()

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            with (
                socket.create_connection(listening.getsockname()) as plain,
                asking.wrap_socket(plain, server_hostname=name) as safe,
            ):
                safe.send(b"x")
                return {value for _, value in safe.getpeercert()["subjectAltName"]}
        finally:
            thread.join()


def test_who_trusts_the_authority_reaches_the_server_by_each_of_its_names(tmp_path):
    made = make_certificates(tmp_path, ["Kantor.lan", "192.168.1.10"], NOW)
    assert handshake(made, "kantor.lan", trusted=True) == {"kantor.lan", "192.168.1.10"}
    assert handshake(made, "192.168.1.10", trusted=True) == {"kantor.lan", "192.168.1.10"}
    with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
        handshake(made, "kantor.lan", trusted=False)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        handshake(made, "lain.lan", trusted=True)


def test_a_renewed_certificate_needs_no_new_trust_and_keys_are_their_owners(tmp_path):
    first = make_certificates(tmp_path, ["kantor.lan"], NOW)
    authority, key = first.authority.read_bytes(), first.key.read_bytes()
    second = make_certificates(tmp_path, ["kantor.lan", "baru.lan"], NOW)
    assert first.new_authority
    assert not second.new_authority
    assert second.authority.read_bytes() == authority
    assert second.key.read_bytes() != key
    assert "baru.lan" in handshake(second, "baru.lan", trusted=True)
    secrets = {file.name for file in tmp_path.iterdir() if stat.S_IMODE(file.stat().st_mode) == 0o600}
    assert secrets == {"authority.key", "server.key"}


def test_the_certificate_ends_with_its_authority(tmp_path):
    made = make_certificates(tmp_path, ["kantor.lan"], NOW)
    assert timedelta(days=396) < made.valid_to - NOW < timedelta(days=398)
    later = make_certificates(tmp_path, ["kantor.lan"], NOW + timedelta(days=3500))
    assert later.valid_to < NOW + timedelta(days=3651)


@pytest.mark.parametrize("name", ["", "dua kata", "-x.lan", "a" * 64 + ".lan"])
def test_what_is_no_name_is_refused_and_nothing_is_written(tmp_path, name):
    with pytest.raises(InputError, match="neither a host name"):
        make_certificates(tmp_path / "tls", [name], NOW)
    assert not (tmp_path / "tls").exists()


def test_half_an_authority_is_not_overwritten(tmp_path):
    made = make_certificates(tmp_path, ["kantor.lan"], NOW)
    kept = made.authority.read_bytes()
    (tmp_path / "authority.key").unlink()
    with pytest.raises(InputError, match="not whole"):
        make_certificates(tmp_path, ["kantor.lan"], NOW)
    assert made.authority.read_bytes() == kept
