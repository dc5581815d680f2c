"""The store's file as a process reads it while another one writes it."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from basketweave.errors import SchemaError
from basketweave.graph.embedded import dataset
from basketweave.graph.embedded.on_disk.file import StoreFile
from basketweave.graph.embedded.on_disk.lock import FileLock
from basketweave.graph.embedded.on_disk.opening import Place
from basketweave.graph.embedded.on_disk.state import Follows, OpenFile
from basketweave.graph.embedded.recording.followed import FollowedJournal
from basketweave.graph.embedded.recording.journal import Entry
from basketweave.graph.embedded.recording.recent import RecentEvents
from basketweave.graph.impressions import Impression

FEW = 100


class ReaderFile(StoreFile):
    """A file that another process of this machine writes and shares.

    Each request looks first whether there is more in the journal, or another file in
    the file's place: what the writer has answered for is seen here from then on. Only
    new models are read beside the requests, which have them a moment later (`settle`).
    It takes no lock, as the writer never writes into a file that has the store's name.

    fold   has the writer put what was recorded into the file, and what was shown

    Raises `StoreError` where no process shares the store.
    """

    def __init__(
        self, path: Path, fold: Callable[[bool], object], *, buffer_mb: int | None
    ) -> None:
        self._ask_to_fold = fold
        self._followed = FollowedJournal(path.resolve())
        self._looking = threading.RLock()
        self._inode, self._opens = 0, 0
        self._views: list[tuple[int, RecentEvents]] = []
        self._coming: _Coming | None = None
        super().__init__(path, read_only=True, buffer_mb=buffer_mb)

    def fold(self, *, shown: bool = True) -> None:
        """Have the writer do so, where there is anything that it might put there."""
        self._keep_up()
        if shown or self._unfolded(shown=False):
            self._ask_to_fold(shown)

    def settle(self) -> None:
        """Wait until what the writer has done until now is seen, new models too."""
        self._keep_up()
        coming = self._coming
        if coming is not None and coming.reading is not None:
            coming.reading.join()

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        super().close()
        self._followed.close()

    def forked(self) -> list[object]:
        """Make this object unusable in a forked child."""
        return [*super().forked(), self._followed]

    def _placed(self, path: Path) -> Place:
        return Place(str(path), path.resolve(), path.resolve())

    def _locked(self) -> FileLock | None:
        return None

    def _open(self) -> None:
        self._keep_up()
        with super()._entered() as state, state.reading() as session:
            if not dataset.present(session, str(self.path)):
                raise SchemaError(f"{self.path} holds no basketweave graph.")

    @contextmanager
    def _entered(self) -> Iterator[OpenFile]:
        self._keep_up()
        with super()._entered() as state:
            yield state

    def _keep_up(self) -> None:
        """See what the writer has done until now.

        The journal first: an entry leaves it only once a file that has it is in place.
        """
        with self._looking:
            if self._closed or self._forked:
                return
            if self._state is not None and (entries := self._followed.new()):
                self._add(self._state, entries)
                if self._coming is not None:
                    self._coming.since += entries
            coming = 0 if self._coming is None else self._coming.inode
            if self._there() not in (self._inode, coming):
                self._follow()

    def _add(self, state: OpenFile, entries: Sequence[Entry]) -> None:
        """Show entries one by one, so that a file that holds some of them can follow.

        Many go in one piece: showing one costs what is new already.
        """
        few = len(entries) <= FEW
        for part in [[entry] for entry in entries] if few else [entries]:
            state.take_over(part)
            self._views.append((part[-1].number, state.recent.now))

    def _follow(self) -> None:
        """Read the file that is in the file's place now."""
        inode, state = 0, None
        while state is None or self._there() != inode:
            if state is not None:
                state.over()
            inode = self._there()
            state = self._of(inode)
        coming = _Coming(state, inode, self._followed.last)
        if state.follows is None:
            self._show_next(coming)
        else:
            self._coming = coming
            coming.reading = threading.Thread(target=self._read, args=[coming])
            coming.reading.start()

    def _read(self, coming: _Coming) -> None:
        """Read what is new in a file beside the requests, and show it then."""
        self._tell(coming.state)
        with self._looking:
            gone = self._closed or self._coming is not coming
            if gone or self._there() != coming.inode:
                coming.state.over()  # another has come, which the next request follows
            else:
                self._show_next(coming)

    def _show_next(self, coming: _Coming) -> None:
        self._coming = None
        with self._swap:
            before, self._state = self._state, coming.state
        self._inode = coming.inode
        self._views = [(coming.last, coming.state.recent.now)]
        self._add(coming.state, coming.since)
        if before is not None:
            before.over()

    def _of(self, inode: int) -> OpenFile:
        move = self._followed.move(inode)
        follows = None
        if move is not None and move.before == self._inode:
            follows = self._follows(move.folded)
        self._opens += 1
        state = OpenFile(
            self._place.real,
            self._opens,
            follows,
            buffer_mb=self._buffer_mb,
            named=str(self.path),
        )
        left = self._followed.all(0 if move is None else move.folded)
        state.recall([e for e in left if not isinstance(e.change, Impression)])
        return state

    def _follows(self, folded: int) -> Follows | None:
        """How a file with the journal up to this entry follows the one that is open.

        None where an entry was taken from the journal before it was seen here, or was
        shown in one piece with others that the file does not hold.
        """
        assert self._state is not None
        numbers = [number for number, _ in self._views]
        at = bisect_right(numbers, folded) - 1
        if folded and (at < 0 or numbers[at] != folded):
            return None
        seen = self._views[at][1] if folded else RecentEvents()
        return Follows(self._state.number, seen, self._state.recent.users)

    def _there(self) -> int:
        try:
            return self._place.real.stat().st_ino
        except OSError:  # taken away: what is open can be read all the same
            return self._inode


@dataclass
class _Coming:
    """A file that is to be shown.

    last     the number of the last entry of the journal that its state has
    since    the entries that came since
    """

    state: OpenFile
    inode: int
    last: int
    since: list[Entry] = field(default_factory=list)
    reading: threading.Thread | None = None
