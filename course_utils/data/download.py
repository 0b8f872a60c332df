"""Find the files of a data set: on this computer, in the cache, on a mirror or at their official address."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from course_utils.data.errors import DataError

APPLICATION = "neural-networks-from-scratch"
PATH_VARIABLE = "COURSE_DATA_PATH"
MIRROR_VARIABLE = "COURSE_DATA_MIRROR"

_TIMEOUT = 30
"""Seconds without a byte from the server before it counts as gone."""

_CHECKSUM = re.compile("md5:[0-9a-f]{32}|sha256:[0-9a-f]{64}")

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True)
class RemoteFile:
    """A file of a data set.

    Attributes:
        name: as it is kept.
        url: its official address.
        checksum: as "md5:..." or "sha256:...".
        not_it: names of files and folders that people take for it, other versions or what it unpacks to.
    """

    name: str
    url: str
    checksum: str
    not_it: tuple[str, ...] = ()

    @property
    def wanted(self) -> str:
        """Which file is wanted, as it is, and where it is."""
        return f"what is read is {self.name}, not unpacked, from {self.url}"


def default_cache_dir() -> Path:
    """The folder in which downloaded and drawn pictures are kept, as is usual on this system."""
    import platformdirs

    return Path(platformdirs.user_cache_dir(APPLICATION)) / "data"


@dataclass(frozen=True)
class Where:
    """Where the files of a data set may be found and kept; see `load_dataset`.

    Attributes:
        path: a folder that holds them already.
        mirror: the web address of a copy.
        cache_dir: where to keep them; None for the usual place on this system.
        checksums: by file name, in place of the official ones.
        progress: whether to show a progress bar.
    """

    path: str | os.PathLike[str] | None = None
    mirror: str | None = None
    cache_dir: str | os.PathLike[str] | None = None
    checksums: Mapping[str, str | None] | None = None
    progress: bool = True

    @property
    def cache(self) -> Path:
        """The folder of the cache."""
        return default_cache_dir() if self.cache_dir is None else Path(self.cache_dir)


def find_files(dataset: str, files: tuple[RemoteFile, ...], where: Where) -> list[Path]:
    """The local paths of a data set's files, downloaded when they are not here yet; no broken file is left behind.

    The order: `path`; the folder that COURSE_DATA_PATH names; the cache; `mirror`, or the address that
    COURSE_DATA_MIRROR names; the official address.

    Raises:
        DataError: the files cannot be had.
        ValueError: checksums that cannot be.
    """
    checksums = where.checksums or {}
    _check_checksums(dataset, checksums, [file.name for file in files])
    if where.path is not None:
        return [_local_file(Path(where.path), dataset, file, checksums.get(file.name)) for file in files]
    shared = os.environ.get(PATH_VARIABLE)
    if shared and all(_candidate(Path(shared), dataset, file.name) for file in files):
        return [_local_file(Path(shared), dataset, file, checksums.get(file.name)) for file in files]
    return [_fetch(dataset, file, where) for file in files]


def _check_checksums(dataset: str, checksums: Mapping[str, str | None], names: list[str]) -> None:
    """A misspelt name or algorithm would otherwise look like a damaged download."""
    for name, checksum in checksums.items():
        if name not in names:
            raise ValueError(
                f"checksums names {name!r}, which {dataset} has not; expected {', '.join(names)}"
            )
        if checksum is not None and not _CHECKSUM.fullmatch(checksum):
            raise ValueError(
                f"the checksum of {name} is {checksum!r}; expected md5:<32 hex digits> or sha256:<64 hex digits>"
            )


def _candidate(folder: Path, dataset: str, name: str) -> Path | None:
    """The file in `folder/dataset`, else in `folder`, else `folder` itself when it is that file."""
    choices = [folder / dataset / name, folder / name, *([folder] if folder.name == name else [])]
    return next((choice for choice in choices if os.path.isfile(choice)), None)


def _taken_for(folder: Path, dataset: str, file: RemoteFile) -> Path | None:
    """What lies in the place of a file and is another version of it, or what it unpacks to."""
    if folder.name in file.not_it and folder.exists():
        return folder
    places = [place / name for place in (folder / dataset, folder) for name in file.not_it]
    return next((place for place in places if place.exists()), None)


def _local_file(folder: Path, dataset: str, file: RemoteFile, checksum: str | None) -> Path:
    """A file that somebody put here; it may have been packed again, so its checksum is the caller's or none."""
    found = _candidate(folder, dataset, file.name)
    if found is None:
        taken = _taken_for(folder, dataset, file)
        if taken is not None:
            raise DataError(
                f"{taken} is another form of {dataset}: {file.wanted}; put that there, or leave `path` out to download it."
            )
        raise DataError(
            f"{file.name} was not found in {folder}: put the file there, or leave `path` out to download it from {file.url}."
        )
    if checksum is None:
        return found
    import pooch

    try:
        matches = pooch.hashes.hash_matches(str(found), checksum)
    except OSError as error:
        raise DataError(f"{found} cannot be read ({error.strerror}): check its permissions.") from None
    if not matches:
        raise DataError(
            f"{found} does not have the checksum {checksum}: it is damaged or another version; replace it, or correct `checksums`."
        )
    return found


def _fetch(dataset: str, file: RemoteFile, where: Where) -> Path:
    """The file from the cache, or downloaded into it; pooch checks it there and moves it into place only when whole."""
    import pooch

    mirror = where.mirror or os.environ.get(MIRROR_VARIABLE)
    url = f"{mirror.rstrip('/')}/{dataset}/{file.name}" if mirror else file.url
    if not url.startswith(("http://", "https://")):
        raise DataError(
            f"The mirror {mirror!r} is not a web address: expected http://... or https://...; for a folder use `path` or {PATH_VARIABLE}."
        )
    folder = where.cache / dataset
    checksum = (where.checksums or {}).get(file.name, file.checksum)
    # Servers that unpack gzip on the way would change the file and so its checksum.
    downloader = pooch.HTTPDownloader(
        progressbar=where.progress, timeout=_TIMEOUT, headers={"Accept-Encoding": "identity"}
    )
    try:
        return Path(pooch.retrieve(url, checksum, fname=file.name, path=folder, downloader=downloader))
    except (OSError, ValueError) as error:
        raise DataError(_why(error, url, file.name, folder, checksum)) from None


def _why(error: Exception, url: str, name: str, folder: Path, checksum: str | None) -> str:
    """Why there is no file, and what to do; what requests raises is an OSError too."""
    import requests

    instead = f"get {name} by another way and name its folder with `path` or {PATH_VARIABLE}, or name a mirror with `mirror` or {MIRROR_VARIABLE}"
    if isinstance(error, requests.HTTPError) and error.response is not None:
        answer = f"{error.response.status_code} {error.response.reason}"
        return f"{url} answered {answer}: try again later, or {instead}."
    if _broke_off(error):
        return f"The download of {url} broke off half way and was thrown away: try again, or {instead}."
    if isinstance(error, requests.ReadTimeout):
        return f"{url} sent nothing for {_TIMEOUT} seconds: try again later, or {instead}."
    if isinstance(error, requests.ConnectionError):
        return f"{url} cannot be reached: check the network, or {instead}."
    if isinstance(error, requests.RequestException):
        return f"{url} cannot be downloaded ({error}): check the address, or {instead}."
    if isinstance(error, OSError):
        return _disk_sentence(error, name, folder)
    return f"{url} does not have the checksum {checksum} and was thrown away: try again; if it stays so, the file there is damaged or another version, so {instead}."


def _broke_off(error: Exception) -> bool:
    """Whether a connection was lost after the answer had begun: requests may report it like one never made."""
    import requests
    from urllib3.exceptions import ProtocolError, ReadTimeoutError

    if isinstance(error, requests.ConnectionError):
        return any(isinstance(reason, ProtocolError | ReadTimeoutError) for reason in error.args)
    return isinstance(
        error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError
    )


def _disk_sentence(error: OSError, name: str, folder: Path) -> str:
    if error.errno in _NO_SPACE:
        return f"{name} does not fit on the disk of {folder} ({error.strerror}): make room, or choose another folder with `cache_dir`."
    return f"{name} cannot be kept in {folder} ({error.strerror}): make the folder writable, or choose another with `cache_dir`."
