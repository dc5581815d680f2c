"""The store's file: read by many threads, written by one at a time.

Readers read the file as it is. A write makes a copy of it, works there, and puts it in
the file's place once it is whole (`following`): whoever was reading goes on reading
the state before. So a write costs a copy of the file, .1 s of processor time for each
200 MB, and a process or a disk that ends in the middle of it costs nothing.

Single events are not worth a copy: they go to a journal (`recording.journal`), and the
next copy has them. A request sees them at once; who reads more has that copy made first.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol
from weakref import WeakSet

from basketweave.errors import SchemaError, StoreError
from basketweave.graph import forks
from basketweave.graph.embedded import dataset, schema
from basketweave.graph.embedded.connection import Session
from basketweave.graph.embedded.on_disk.following import Following
from basketweave.graph.embedded.on_disk.lock import FileLock
from basketweave.graph.embedded.on_disk.opening import Place, locked, place
from basketweave.graph.embedded.on_disk.state import Follows, OpenFile
from basketweave.graph.embedded.on_disk.writer import Writer
from basketweave.graph.embedded.recording import shown
from basketweave.graph.embedded.recording.journal import Entry, Journal, Move
from basketweave.graph.embedded.recording.recent import Recent, RecentEvents
from basketweave.graph.embedded.recording.record import record
from basketweave.graph.embedded.recording.upsert import upsert
from basketweave.graph.impressions import Impression, unknown_id
from basketweave.graph.recorded import Checked, Recorded
from basketweave.graph.schema import ITEM, USER
from basketweave.graph.upserted import Descriptions, Upserted

LOG = logging.getLogger("basketweave")
WINDOWS = os.name == "nt"
MANY = 100_000
"""So many changes are put into the file though nobody reads it: the memory that
they take stays within some 100 MB."""


class Keeps(Protocol):
    """Keeps something of a state in memory."""

    def ready(self, state: OpenFile) -> None:
        """Read what is new in a state that is about to be shown."""
        ...


class StoreFile:
    """An open database file.

    Raises `SchemaError` where the file holds no graph of this package.
    """

    def __init__(
        self, path: Path, *, read_only: bool, buffer_mb: int | None = None
    ) -> None:
        self.path, self.read_only, self._buffer_mb = path, read_only, buffer_mb
        self._place = self._placed(path)
        self._swap, self._recording = threading.Lock(), threading.Lock()
        self._pinned = threading.local()
        self.keeping: WeakSet[Keeps] = WeakSet()
        """Who is told of each next state before it is shown."""
        self._state: OpenFile | None = None
        self._closed = self._forked = False
        self._journal = Journal(self._place.real, str(path))
        self._writer = Writer(
            *(self._place.real, str(path), buffer_mb, self._fold_into, self._exchange)
        )
        self._lock = self._locked()
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        forks.opened(self)

    @property
    def changes(self) -> int:
        """The number of the state that this thread reads; it grows with each write."""
        state = self._seen()
        return self._writer.writes if state is None else state.number

    @property
    def follows(self) -> Follows | None:
        """What the state that this thread reads adds to the one before it."""
        state = self._seen()
        return None if state is None else state.follows

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A context with a session that sees one state, and refuses to write.

        Where this thread is in the middle of a write, the session sees that write so
        far.
        """
        self._fold_unless_pinned()
        mine = self._writer.mine()
        if mine is not None:
            with mine.reading() as session:
                yield session
            return
        with self.one_state(), self._pinned.state.reading() as session:
            yield session

    @contextmanager
    def asking(self) -> Iterator[tuple[Session, RecentEvents]]:
        """The same for a request, and what was recorded since that file was written."""
        mine = self._writer.mine()
        if mine is not None:
            with mine.reading() as session:
                yield session, RecentEvents()
            return
        with self._pin(recent=True), self._pinned.state.reading() as session:
            yield session, self._pinned.seen

    @contextmanager
    def one_state(self) -> Iterator[None]:
        """What this thread reads inside is all of one state, whoever writes."""
        self._fold_unless_pinned()
        with self._pin(recent=False):
            yield

    def record(self, given: Checked, *, create: bool) -> Recorded:
        """Put events on the disk, for every request from now on to see."""
        self._check_writable()
        if self._writer.here or self._empty():
            with self.writing() as session:
                return record(session, given, create=create)
        with self._recording, self._entered() as state:
            done = self._journalled(state, given, create=create)
        self._fold_where_many(state)
        return done

    def upsert(self, rows: Descriptions) -> Upserted:
        """Put what is said of users or items on the disk, as `record` does."""
        self._check_writable()
        if self._writer.here or self._empty():
            with self.writing() as session:
                return upsert(session, rows)
        with self._recording, self._entered() as state:
            found = state.compared(rows)
            said = [*found.new, *found.changed]
            entries = self._journal.append([*said, *state.places(said)])
            created = {rows.label: [one.id for one in found.new]}
            state.recent.add(entries, created.get(USER, ()), created.get(ITEM, ()))
        self._fold_where_many(state)
        return found.counts

    def record_shown(self, impressions: Sequence[Impression]) -> int:
        """Put what was shown on the disk, as `record` does; how many that is."""
        self._check_writable()
        if self._writer.here:
            with self.writing(graph=False) as session:
                return shown.write(session, impressions)
        with self._recording, self._entered() as state:
            for label, end in ((USER, "user"), (ITEM, "item")):
                asked = {getattr(one, end) for one in impressions}
                for name in state.lacking(label, asked)[:1]:
                    raise unknown_id(end, name)
            state.shown += self._journal.append(impressions)
        self._fold_where_many(state)
        return len(impressions)

    @contextmanager
    def looking(self) -> Iterator[tuple[Session, Recent]]:
        """A session for reading a few nodes, and what was said since its file."""
        with self.asking() as (session, seen):
            yield session, self._pinned.state.recent if seen.n else Recent()

    def fold(self, *, shown: bool = True) -> None:
        """Put what was recorded into the file, so that it alone is the store's state.

        shown   whether that is to be done for what was shown alone, too
        """
        if self._unfolded(shown=shown):
            with self._writer.together():
                if self._unfolded(shown=shown):
                    self._writer.begun()

    @contextmanager
    def writing(self, *, graph: bool = True) -> Iterator[Session]:
        """A context with a session whose writes are kept at the end: all, or none.

        graph   whether users, items or what ties them may be others afterwards

        Inside `alone`, the end is that of the outermost `alone`. Raises `StoreError`
        where the file was opened for reading only.
        """
        self._check_writable()
        with self._writer.transaction(graph=graph) as session:
            yield session

    def share(self) -> None:
        """Let other processes follow what is recorded and written (`ReaderFile`)."""
        self._check_writable()
        with self._recording:
            self._journal.share()

    def alone(self) -> AbstractContextManager[None]:
        """A context in which only this thread writes; its writes become one step."""
        return self._writer.together()

    def close(self) -> None:
        """Close the file and release the lock; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        with self._swap:
            if self._state is not None and not self._forked:
                self._state.over()
        with self._recording:
            self._journal.close()
        if self._lock is not None:
            self._lock.release()
        if self._place.private is not None and not self._forked:
            shutil.rmtree(self._place.private, ignore_errors=True)

    def forked(self) -> list[object]:
        """Make this object unusable in a forked child.

        Returns the objects that the child must not destroy.
        """
        self._forked = True
        # Another thread of the parent may have held it.
        self._swap, self._recording = threading.Lock(), threading.Lock()
        if self._lock is not None:
            self._lock.forget()
        state = self._state.native() if self._state is not None else []
        return [*state, *self._writer.forked(), *self._journal.forked()]

    def _placed(self, path: Path) -> Place:
        return place(path, read_only=self.read_only, put_right=self._put_right)

    def _locked(self) -> FileLock | None:
        return locked(self._place, read_only=self.read_only)

    def _put_right(self, path: Path) -> None:
        file = StoreFile(path, read_only=False, buffer_mb=self._buffer_mb)
        try:
            file.fold()
        finally:
            file.close()

    @contextmanager
    def _pin(self, *, recent: bool) -> Iterator[None]:
        """Keep to one state, and to what was recorded until now or to none of it."""
        if getattr(self._pinned, "state", None) is not None:
            yield
            return
        with self._entered() as state:
            self._pinned.state = state
            self._pinned.seen = state.recent.now if recent else RecentEvents()
            try:
                yield
            finally:
                self._pinned.state = None

    @contextmanager
    def _entered(self) -> Iterator[OpenFile]:
        """The state now, which stays open inside."""
        with self._swap:
            state = self._usable()
            state.enter()
        try:
            yield state
        finally:
            state.leave()

    def _journalled(self, state: OpenFile, given: Checked, *, create: bool) -> Recorded:
        found = state.sifted(given.events)
        if not create:
            found.check_none_is_created()
        if found.new:
            entries = self._journal.append([*found.new, *found.bought])
            state.recent.add(entries, found.users, found.items)
        known = len(given.events) - len(found.new)
        return Recorded(len(found.new), known, len(found.users), len(found.items))

    def _fold_where_many(self, state: OpenFile) -> None:
        if len(state.recent) + len(state.shown) >= MANY and self._writer.idle:
            self.fold()

    def _fold_unless_pinned(self) -> None:
        if getattr(self._pinned, "state", None) is None:
            self.fold(shown=False)

    def _unfolded(self, *, shown: bool) -> bool:
        """Whether changes stand in the journal that this thread has in no file."""
        state = self._state
        if state is None or self._writer.mine() is not None:
            return False
        return bool(state.recent or (shown and state.shown))

    def _empty(self) -> bool:
        """Whether nothing was ever loaded or recorded."""
        with self._entered() as state:
            return state.looks.dataset is None

    def _check_writable(self) -> None:
        if self.read_only:
            raise StoreError(
                f"{self.path} was opened for reading only. Open it without read_only."
            )
        if self._state is not None or self._closed:
            self._usable()

    def _open(self) -> None:
        """Open the file; make the tables of a new store; refuse any other database."""
        if self._place.shown.exists():
            self._state = self._opened(self._place.shown)
            with self.reading() as session:
                there = dataset.present(session, str(self.path))
            if there:
                self._recall()
                return
            if self.read_only:
                raise SchemaError(
                    f"{self.path} holds no basketweave graph. Choose another path."
                )
        self._journal.set_aside()
        with self.writing() as session:
            schema.create_all(session)

    def _recall(self) -> None:
        """Show what a process before this one recorded, and did not put into the file."""
        if self.read_only or self._state is None:
            return
        entries = self._journal.entries()
        self._state.recall(entries)
        if entries and not (self._state.recent or self._state.shown):
            self._journal.forget(entries[-1].number)

    def _fold_into(self, following: Following) -> None:
        """Let a new copy begin with what was recorded until now."""
        with self._recording:
            entries = self._journalled_entries()
            if (state := self._state) is not None:
                seen = state.recent
                following.follows = Follows(state.number, seen.now, seen.users)
        following.fold(entries)

    def _seen(self) -> OpenFile | None:
        """The state that this thread reads; None where it is in the middle of a write."""
        if self._writer.mine() is not None:
            return None
        return getattr(self._pinned, "state", None) or self._state

    def _opened(self, path: Path, follows: Follows | None = None) -> OpenFile:
        return OpenFile(
            path,
            self._writer.writes,
            follows,
            buffer_mb=self._buffer_mb,
            named=str(self.path),
        )

    def _usable(self) -> OpenFile:
        if self._forked:
            raise StoreError(
                f"{self.path} was opened before this process was forked, and cannot "
                f"be used here. {forks.HOW}"
            )
        if self._closed or self._state is None:
            raise StoreError(f"{self.path} is closed. Open it again.")
        return self._state

    def _exchange(self, following: Following) -> None:
        """Open the new state, give it the file's name, and let new readers read it."""
        if self._lock is not None:
            self._lock.follow(following.path)
        state = None
        if not WINDOWS:
            state = self._opened(following.path, following.follows)
            self._tell(state)
        with self._recording:
            self._show(following, state)
            if following.folded:
                self._journal.forget(following.folded)

    def _tell(self, state: OpenFile) -> None:
        """Let those who keep arrays read what is new of a state that is about to be
        shown: requests need not wait for it then."""
        try:
            for one in list(self.keeping):
                one.ready(state)
        except Exception:  # they read it at the next request
            LOG.debug("A state was not read ahead.", exc_info=True)

    def _show(self, following: Following, state: OpenFile | None) -> None:
        if state is None:
            self._show_where_open_files_keep_their_names(following)
            return
        try:
            state.recall(self._since(following))
            # A value said during the write stands; the write may have given its
            # property another type, and no later one could put it into the file.
            state.check_types()
            self._say_how(following)
            following.replace()
        except BaseException:
            state.over()
            raise
        with self._swap:
            before, self._state = self._state, state
        if before is not None:
            before.over()

    def _say_how(self, following: Following) -> None:
        """Let who follows the file know how little of it is new, if that is so."""
        if self._journal.shared:
            move = None
            if following.follows is not None:
                move = Move(self._place.real.stat().st_ino, following.folded)
            self._journal.moved(following.path.stat().st_ino, move)

    def _show_where_open_files_keep_their_names(self, following: Following) -> None:
        """On Windows: once the last reader of the state before is done."""
        real, left = self._place.real, self._since(following)
        with self._swap:
            if self._state is not None:
                self._state.over(wait=True)
            try:
                following.replace()
            except BaseException:
                # What was read inside the write shall not pass for this state.
                self._writer.writes += 1
                raise
            finally:
                if real.exists():
                    self._state = self._opened(real)
                    self._state.recall(left)

    def _since(self, following: Following) -> list[Entry]:
        """What was recorded since the copy began."""
        entries = self._journalled_entries()
        return [entry for entry in entries if entry.number > following.folded]

    def _journalled_entries(self) -> list[Entry]:
        """What the file of the state now does not have, in order."""
        state = self._state
        return sorted([*state.recent, *state.shown]) if state is not None else []
