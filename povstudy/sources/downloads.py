"""Files that are downloaded: checked by sha256, kept whole or not at all."""

import hashlib
import os
from importlib.util import find_spec
from pathlib import Path

from ..base.errors import DataError, SetupError
from ..base.optional import optional
from ..base.progress import Line


def checked(name, file):
    """Path of one file of a dataset: given by the user, in the cache, or downloaded now.

    Parameters
    ----------
    name : str
        Name of the dataset.
    file : dict
        ``name``, ``hash`` and ``url`` of the file, from ``data/datapackage.json``.

    Returns
    -------
    Path
        A file whose sha256 is the recorded one.
    """
    given = os.environ.get("POVSTUDY_DATA")
    if given:
        path = Path(given) / name / file["name"]
        if path.is_file():
            if sha256_of(path) != file["hash"]:
                raise DataError(
                    "This file is not the one that was recorded: it was changed or cut off.",
                    where=path,
                    found=sha256_of(path),
                    remedy=f"delete it, or replace it with {file['url']}",
                )
            return path
    return _download(name, file, given)


def packaged(name, package, file):
    """Path of one file of a dataset that comes with another Python package, which is not run.

    Parameters
    ----------
    name, package : str
        Names of the dataset and of the package.
    file : dict
        ``name`` (within the package) and ``hash`` of the file.

    Returns
    -------
    Path
        A file whose sha256 is the recorded one.
    """
    found = find_spec(package)
    path = Path(found.origin).parent / file["name"] if found else None
    with optional(package, f"Loading {name}"):
        if path is None or not path.is_file():
            raise ImportError(f"no file {package}/{file['name']}")
    if sha256_of(path) != file["hash"]:
        raise DataError(
            "This file is not the one that was recorded: the package is of another version.",
            where=path, found=sha256_of(path), remedy='pip install --upgrade "povstudy[study]"',
        )  # fmt: skip
    return path


def _download(name, file, given):
    with optional("pooch", f"Downloading {name}"):
        import pooch
        from requests.exceptions import RequestException
    folder = pooch.os_cache("povstudy") / name
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel("WARNING")  # its notes of progress would end up in notebooks
    looked = f"POVSTUDY_DATA={given} has no {name}/{file['name']}; " if given else ""
    by_hand = (
        f"download {file['url']} in another way, save it as <folder>/{name}/{file['name']} "
        "and set the environment variable POVSTUDY_DATA to <folder>"
    )
    line = Line(f"download {file['name']}, bytes")
    try:
        path = pooch.retrieve(
            file["url"],
            known_hash=file["hash"],
            fname=file["name"],
            path=folder,
            downloader=pooch.HTTPDownloader(timeout=(10, 60), progressbar=line),
        )
    except RequestException as error:
        raise SetupError(
            f"{file['name']} of the dataset {name} could not be downloaded: no network, "
            "a blocked address, or a connection that broke off. Nothing was stored.",
            where=file["url"],
            found=f"{looked}{type(error).__name__}: {str(error)[:200]}",
            remedy="try again later, or " + by_hand,
        ) from None
    except ValueError as error:  # the checksum
        raise DataError(
            f"What was downloaded as {file['name']} of the dataset {name} is not the recorded "
            "file. Nothing was stored.", where=file["url"], found=str(error)[:300],
            remedy="try again (a proxy or a login page may have answered), or " + by_hand,
        ) from None  # fmt: skip
    except OSError as error:
        raise SetupError(f"{file['name']} of the dataset {name} could not be stored.", where=folder,
                         found=str(error),
                         remedy="make room or make the folder writable, or " + by_hand) from None  # fmt: skip
    finally:
        line.close()
        logger.setLevel(level)
    return Path(path)


def sha256_of(path):
    """Checksum of a file as the record has it; of a csv, without regard to its line ends."""
    content = path.read_bytes()
    if path.suffix == ".csv":  # some tools rewrite line ends when they unpack or copy
        content = content.replace(b"\r\n", b"\n")
    return "sha256:" + hashlib.sha256(content).hexdigest()
