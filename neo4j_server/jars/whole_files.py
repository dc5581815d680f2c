"""Downloads that are whole or not there.

Needs jgo (the `server` extra): import it where it is used.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import requests
from jgo.maven import Artifact, PythonResolver
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from basketweave.whole import replaced

THREADS = 8
TIMEOUT = (10, 60)  # seconds to connect, and between two pieces of an answer


class NotPublished(LookupError):
    """The repository answered, and does not have the file."""


class WholeFiles(PythonResolver):
    """Resolves as jgo does, but downloads each file whole or not at all.

    jgo 3.2 streams into the final place, where a download that broke off would be
    taken for the file ever after, and opens a connection for each file.
    """

    def __init__(self) -> None:
        super().__init__()
        self.session = requests.Session()
        retry = Retry(total=3, backoff_factor=0.5, status_forcelist=(429, 502, 503))
        adapter = HTTPAdapter(max_retries=retry, pool_maxsize=THREADS)
        self.session.mount("https://", adapter)

    def download(self, artifact: Artifact) -> Path:
        """Fetch one file into the cache; raises `NotPublished` or requests' errors."""
        target = artifact.cached_path
        assert target is not None  # a context of ours always has a cache
        path = f"{artifact.component.path_prefix.as_posix()}/{artifact.filename}"
        for repository in artifact.context.remote_repos.values():
            content = self._get(f"{repository}/{path}")
            if content is not None:
                self._check(f"{repository}/{path}", content)
                with replaced(target) as part:
                    part.write_bytes(content)
                return target
        raise NotPublished(path)

    def _get(self, url: str) -> bytes | None:
        response = self.session.get(url, timeout=TIMEOUT)
        if response.status_code == requests.codes.not_found:
            return None
        response.raise_for_status()
        return response.content

    def _check(self, url: str, content: bytes) -> None:
        expected = self._get(f"{url}.sha1") if url.endswith(".jar") else None
        found = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        if expected is not None and expected.split()[0].decode() != found:
            raise requests.RequestException(f"{url} arrived damaged")
