"""What may be on a disk after a power cut, from the system calls that strace recorded.

POSIX promises of a file's bytes that they are there once it was fsynced, and of its name once its
folder was. All else may be there or not, in any order: names of what was written last with none
of its bytes, or some of its blocks, among them.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

CALLS = (
    "openat,open,creat,write,pwrite64,writev,ftruncate,fsync,fdatasync,rename,renameat,renameat2,"
    "unlink,unlinkat,rmdir,mkdir,mkdirat,close,lseek,link,linkat,symlink,symlinkat"
)
STRACE = ["strace", "-f", "-qq", "-xx", "-s", "1000000000", "-e", f"trace={CALLS}", "-o"]
_BLOCK = 4096
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


class Node:
    """A file or a folder, whatever it is called."""

    def __init__(self, data: bytes | None = b"") -> None:
        self.is_folder = data is None
        self.data = bytearray(data or b"")
        self.synced = bytes(self.data)

    @property
    def is_synced(self) -> bool:
        return self.data == self.synced

    def draw(self, chance: Random | None) -> bytes:
        """Return what may be left of its bytes: the least, or some of the blocks written since."""
        if self.is_synced or chance is None or chance.random() < 0.3:
            return self.synced
        size = chance.choice([len(self.data), len(self.synced), chance.randint(0, len(self.data))])
        left = bytearray(self.synced[:size].ljust(size, b"\0"))
        for start in range(0, size, _BLOCK):
            if chance.random() < 0.5:
                left[start : start + _BLOCK] = self.data[start : min(start + _BLOCK, size)]
        return bytes(left[:size])


Entry = tuple[Node, str]
Tree = dict[str, bytes]


class Disk:
    """The names below a folder: those that all programs see, and those that would survive."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.root = Node(None)
        self.seen: dict[Entry, Node] = {}
        self.synced: dict[Entry, Node] = {}
        #: Each with what one call does to names, all at once.
        self.waiting: list[dict[Entry, Node | None]] = []
        for path in sorted(top.rglob("*")):
            node = Node(None if path.is_dir() else path.read_bytes())
            self.seen[self.find(str(path))] = node
        self.synced = dict(self.seen)

    def find(self, path: str) -> Entry:
        """Return the folder that a path leads to, and the name in it."""
        *folders, name = Path(path).relative_to(self.top).parts or (".",)
        node = self.root
        for folder in folders:
            node = self.seen[node, folder]
        return node, name

    def look(self, path: str) -> Node | None:
        return self.root if Path(path) == self.top else self.seen.get(self.find(path))

    def change(self, changes: dict[Entry, Node | None]) -> None:
        self.waiting.append(changes)
        _apply(self.seen, changes)

    def sync(self, node: Node) -> None:
        """Do what fsync(2) promises."""
        node.synced = bytes(node.data)
        for changes in [one for one in self.waiting if any(at is node for at, _ in one)]:
            self.waiting.remove(changes)
            _apply(self.synced, changes)

    def show(self) -> Tree:
        """Return all files as programs see them."""
        return dict(_walk(self.root, self.seen, lambda node: bytes(node.data)))

    def draw(self, chance: Random | None) -> Tree:
        """Return what may be left: the least, or some of what waits."""
        names, keep = dict(self.synced), 0.0 if chance is None else chance.choice([0, 0.5, 1])
        for changes in self.waiting:
            if chance and chance.random() < keep:
                _apply(names, changes)
        return dict(_walk(self.root, names, lambda node: node.draw(chance)))


def _apply(names: dict[Entry, Node], changes: dict[Entry, Node | None]) -> None:
    for entry, node in changes.items():
        if node is None:
            names.pop(entry, None)
        else:
            names[entry] = node


def _walk(
    root: Node, names: dict[Entry, Node], read: Callable[[Node], bytes]
) -> Iterator[tuple[str, bytes]]:
    below: dict[Node, list[tuple[str, Node]]] = {}
    for (folder, name), node in names.items():
        below.setdefault(folder, []).append((name, node))
    waiting = [("", root)]
    while waiting:
        path, folder = waiting.pop()
        for name, node in below.get(folder, ()):
            if node.is_folder:
                waiting.append((f"{path}{name}/", node))
            else:
                yield f"{path}{name}", read(node)


class Replay:
    """Does to a disk what a trace says, call by call."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        #: By descriptor: what is open, at which offset, and whether it is written at its end.
        self.open: dict[int, tuple[Node, int, bool]] = {}

    def run(self, trace: Path) -> Iterator[str]:
        """Yield the name of each call that changes the disk, once it is done."""
        started: dict[str, str] = {}
        for line in trace.read_text().splitlines():
            thread, _, call = line.partition(" ")
            call = call.strip()
            if call.endswith("<unfinished ...>"):
                started[thread] = call.removesuffix("<unfinished ...>")
                # Another thread may be given a descriptor's number before its close returns.
                if close := re.match(r"close\((\d+)", call):
                    self.open.pop(int(close[1]), None)
                continue
            if call.startswith("<... "):
                begun = started.pop(thread)
                if begun.startswith("close("):
                    continue
                call = begun + call.partition("resumed>")[2]
            found = re.fullmatch(r"(\w+)\((.*)\)\s+= (-?\d+).*", call, re.DOTALL)
            if (
                found
                and not found[3].startswith("-")
                and self._do(found[1], found[2], int(found[3]))
            ):
                yield found[1]

    def _do(self, name: str, arguments: str, result: int) -> bool:
        texts = [bytes.fromhex(text.replace(r"\x", "")) for text in _TEXT.findall(arguments)]
        assert '"...' not in arguments  # all bytes are there
        act = getattr(self, f"_do_{name.rstrip('at2') if name.startswith('rename') else name}")
        return bool(act(texts, arguments, result))

    def _is_ours(self, path: bytes) -> bool:
        return path.startswith(bytes(self.disk.top))

    def _do_openat(self, texts: list[bytes], arguments: str, result: int) -> bool:
        self.open.pop(result, None)
        if not self._is_ours(texts[0]):
            return False
        path = texts[0].decode()
        node = self.disk.look(path)
        is_new = node is None
        if node is None:
            node = Node()
            self.disk.change({self.disk.find(path): node})
        if is_cut := "O_TRUNC" in arguments and bool(node.data):
            node.data.clear()
        self.open[result] = (node, 0, "O_APPEND" in arguments)
        return is_new or is_cut

    _do_open = _do_creat = _do_openat

    def _do_write(self, texts: list[bytes], arguments: str, result: int) -> bool:
        number = int(arguments.partition(",")[0])
        if number not in self.open:
            return False
        node, offset, is_end = self.open[number]
        offset = len(node.data) if is_end else offset
        self._put(node, offset, texts[0][:result])
        self.open[number] = (node, offset + result, is_end)
        return True

    def _do_pwrite64(self, texts: list[bytes], arguments: str, result: int) -> bool:
        number = int(arguments.partition(",")[0])
        if number not in self.open:
            return False
        self._put(self.open[number][0], int(arguments.rpartition(",")[2]), texts[0][:result])
        return True

    def _put(self, node: Node, offset: int, data: bytes) -> None:
        node.data.extend(bytes(max(0, offset - len(node.data))))
        node.data[offset : offset + len(data)] = data

    def _do_writev(self, texts: list[bytes], arguments: str, result: int) -> bool:
        return self._do_write([b"".join(texts)], arguments, result)

    def _do_lseek(self, texts: list[bytes], arguments: str, result: int) -> bool:
        number = int(arguments.partition(",")[0])
        if number in self.open:
            node, _, is_end = self.open[number]
            self.open[number] = (node, result, is_end)
        return False

    def _do_ftruncate(self, texts: list[bytes], arguments: str, result: int) -> bool:
        number, size = map(int, arguments.split(","))
        if number in self.open:
            node = self.open[number][0]
            del node.data[size:]
            self._put(node, size, b"")
        return number in self.open

    def _do_fsync(self, texts: list[bytes], arguments: str, result: int) -> bool:
        if opened := self.open.get(int(arguments)):
            self.disk.sync(opened[0])
        return opened is not None

    _do_fdatasync = _do_fsync

    def _do_close(self, texts: list[bytes], arguments: str, result: int) -> bool:
        self.open.pop(int(arguments), None)
        return False

    def _do_rename(self, texts: list[bytes], arguments: str, result: int) -> bool:
        if not self._is_ours(texts[0]):
            return False
        old, new = (self.disk.find(text.decode()) for text in texts)
        self.disk.change({old: None, new: self.disk.seen[old]})
        return True

    def _do_unlink(self, texts: list[bytes], arguments: str, result: int) -> bool:
        if self._is_ours(texts[0]):
            self.disk.change({self.disk.find(texts[0].decode()): None})
        return self._is_ours(texts[0])

    _do_unlinkat = _do_rmdir = _do_unlink

    def _do_mkdir(self, texts: list[bytes], arguments: str, result: int) -> bool:
        if self._is_ours(texts[0]):
            self.disk.change({self.disk.find(texts[0].decode()): Node(None)})
        return self._is_ours(texts[0])

    _do_mkdirat = _do_mkdir
