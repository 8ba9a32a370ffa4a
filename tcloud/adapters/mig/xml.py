"""XML from strangers into a small tree: by expat itself, which here knows no document type and so no entity, no network and no file.

Not lxml: of it nothing is needed but to refuse. Not defusedxml: it wraps the same expat to refuse the same two things, for one more
dependency. A document type is refused as soon as it begins, so neither growing entities nor outside ones can be declared at all.
"""

from collections.abc import Iterator
from typing import Final, NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from tcloud.adapters.mig.port import Unreadable

MOST_BYTES: Final = 200_000
MOST_ELEMENTS: Final = 5_000
MOST_DEPTH: Final = 10


def read(content: bytes) -> Element:
    """The root of the document. Raises Unreadable `too_large` (MOST_BYTES, MOST_ELEMENTS, MOST_DEPTH), `not_xml`, `doctype`."""
    if len(content) > MOST_BYTES:
        raise Unreadable("too_large")
    tree, parser = _Tree(), expat.ParserCreate(namespace_separator="}")
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.data
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # the latter two: an encoding nobody knows
        raise Unreadable("not_xml", found=str(error)) from error
    return tree.close()


class _Tree:
    """Builds the tree and counts."""

    def __init__(self) -> None:
        self._builder = TreeBuilder()
        self._depth = self._elements = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > MOST_DEPTH or self._elements > MOST_ELEMENTS:
            raise Unreadable("too_large")
        self._builder.start(_clark(name), attributes)

    def end(self, name: str) -> None:
        self._depth -= 1
        self._builder.end(_clark(name))

    def data(self, text: str) -> None:
        self._builder.data(text)

    def close(self) -> Element:
        root: Element = self._builder.close()
        return root


def _clark(name: str) -> str:
    """{namespace}name as ElementTree has it; expat puts the separator alone between them."""
    return f"{{{name}" if "}" in name else name


def _refuse_doctype(*_declared: object) -> NoReturn:
    raise Unreadable("doctype")


class Reader:
    """Elements of one message by their path below the root, all in its namespace."""

    def __init__(self, root: Element, namespace: str) -> None:
        self._root = root
        self._namespace = namespace

    def text(self, path: str, *, needed: bool = True) -> str:
        """The text at the path, without space around it. Raises Unreadable `missing`."""
        found = self._root
        for step in path.split("/"):
            below = found.find(f"{{{self._namespace}}}{step}")
            if below is None:
                if needed:
                    raise Unreadable("missing", path)
                return ""
            found = below
        text = (found.text or "").strip()
        if needed and not text:
            raise Unreadable("missing", path)
        return text

    def all(self, path: str) -> Iterator["Reader"]:
        """A reader of each element with that path."""
        parent, _slash, last = path.rpartition("/")
        above = [self._root]
        for step in filter(None, parent.split("/")):
            above = [below for each in above for below in each.findall(f"{{{self._namespace}}}{step}")]
        for each in above:
            for element in each.findall(f"{{{self._namespace}}}{last}"):
                yield Reader(element, self._namespace)
