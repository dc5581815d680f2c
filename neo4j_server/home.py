"""Where a private server's files lie, and how they are written."""

from __future__ import annotations

import errno
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from basketweave.errors import StoreError
from basketweave.neo4j_server.files import write_private, writing

ROOM = 300 << 20  # an empty database takes 132 MB (5.26.30 and 2026.09.0)


@dataclass(frozen=True)
class Home:
    """The files of one server, below one folder."""

    folder: Path

    @property
    def configuration(self) -> Path:
        """The folder with neo4j.conf and the class path, written at each start."""
        return self.folder / "conf"

    @property
    def imports(self) -> Path:
        """The one folder that LOAD CSV can read files from."""
        return self.folder / "import"

    @property
    def own_settings(self) -> Path:
        """The file with settings that its owner added, a line for each."""
        return self.folder / "own.conf"

    @property
    def plugins(self) -> Path:
        """The folder from which the server loads plug-ins."""
        return self.folder / "plugins"

    @property
    def console_file(self) -> Path:
        """The file with what Java itself says, of the latest start."""
        return self.folder / "logs" / "console.log"

    @property
    def log_file(self) -> Path:
        """The file with what Neo4j says, of the latest start."""
        return self.folder / "logs" / "neo4j.log"

    @property
    def record_file(self) -> Path:
        """The file with ports, versions and the process, kept between starts."""
        return self.folder / "server.json"

    @property
    def lock_file(self) -> Path:
        """The file that is locked while the server is being started or stopped."""
        return self.folder / "server.lock"

    @property
    def password_file(self) -> Path:
        """The file with the generated password, which only the owner can read."""
        return self.folder / "password"

    def create(self) -> None:
        """Make the folders; raises `StoreError` where they cannot be written."""
        with writing(self.folder):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.configuration, self.imports, self.console_file.parent):
                folder.mkdir(exist_ok=True)

    def require_room(self) -> None:
        """Raise `StoreError` where a server would fill the disk while it starts."""
        with writing(self.folder):
            if shutil.disk_usage(self.folder).free < ROOM:
                raise OSError(errno.ENOSPC, f"less than {ROOM >> 20} MB are free")

    def set_logs_aside(self) -> None:
        """Keep the logs of the start before, so that these tell of this one only."""
        with writing(self.folder):
            for log in (self.console_file, self.log_file):
                if log.exists():
                    log.replace(log.with_name(f"previous-{log.name}"))

    def last_lines(self, count: int) -> str:
        """The end of what Java and Neo4j have said since the latest start."""
        texts = [
            path.read_text(encoding="utf-8", errors="replace").splitlines()
            for path in (self.console_file, self.log_file)
            if path.exists()
        ]
        return "\n".join([line for text in texts for line in text][-count:])

    def first_password(self) -> str:
        """The password of this home; generated where there is none yet."""
        if not self.password_file.exists():
            write_private(self.password_file, secrets.token_urlsafe(24))
        return self.read_password()

    def read_password(self) -> str:
        """The password of this home; raises `StoreError` where it was taken away."""
        try:
            self.password_file.chmod(0o600)
            return self.password_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise StoreError(
                f"The server's password cannot be read from {self.password_file} "
                f"({error.strerror}). Put the file back, or stop the server and "
                f"remove {self.folder} to begin with an empty database."
            ) from error
