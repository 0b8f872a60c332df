"""Where a scheduler listens, and the certificates by which its machines know each other."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from distributed.comm.addressing import parse_host_port
from distributed.security import Security

from course_utils.errors import CourseError


@dataclass(frozen=True)
class Scheduler:
    """A Dask scheduler.

    Attributes:
        address: for example "tls://10.0.0.1:8786".
        security: certificates; Dask's own configuration supplies what is not said.
    """

    address: str
    security: Security

    @classmethod
    def at(
        cls, address: str, ca: Path | None = None, cert: Path | None = None, key: Path | None = None
    ) -> Scheduler:
        """The scheduler at an address.

        Raises:
            CourseError: it is no address, its connections would be open to others, or a certificate is missing.
        """
        protocol, _, host = address.partition("://")
        if protocol not in ("tls", "tcp") or not host:
            raise CourseError(f"{address!r} is no scheduler's address: write tls://HOST:8786")
        if protocol == "tcp" and not _is_this_machine(host):
            raise CourseError(
                f"{address} is not encrypted, and whoever reaches it could run programs here: "
                "use tls:// with certificates (docs/cluster.md shows how to make them)"
            )
        for path in (ca, cert, key):
            if path and not path.is_file():
                raise CourseError(f"there is no certificate or key at {path}")
        names = ("tls_client_cert", "tls_worker_cert", "tls_client_key", "tls_worker_key")
        files = dict(zip(names, map(_text, (cert, cert, key, key)), strict=True))
        said = {"tls_ca_file": _text(ca), **files}
        security = Security(
            require_encryption=protocol == "tls", **{name: path for name, path in said.items() if path}
        )
        if protocol == "tls" and not security.get_tls_config_for_role("client")["ca_file"]:
            raise CourseError("certificates are missing: say --tls-ca, --tls-cert and --tls-key")
        return cls(address, security)


def _text(path: Path | None) -> str:
    return str(path.absolute()) if path else ""


def _is_this_machine(host: str) -> bool:
    try:
        name = parse_host_port(host, 0)[0]
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
