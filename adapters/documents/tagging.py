"""How does a reader that sees no page know what is on it? By tags: headings, paragraphs, tables, figures.

ReportLab writes none, so the structure tree is built here: marked content while pages are drawn, and the tree
when the document is saved. It follows PDF 1.7 section 14.8; a paragraph that runs over a page is two.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFPage, PDFString
from reportlab.pdfgen.canvas import Canvas


@dataclass
class Element:
    """A node of the structure tree: its children are elements, or marked content on a page."""

    tag: str
    alt: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    children: list["Element | tuple[int, int]"] = field(default_factory=list)


class TaggedCanvas(Canvas):
    """A canvas that keeps the structure of what is drawn on it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.root = Element("Document")
        self._open = [self.root]
        self._gathered: dict[str, Element] = {}
        self._pages: list[Any] = []
        self._owners: list[list[Element]] = [[]]
        add = self._doc.addPage

        def add_page(page: PDFPage) -> None:
            page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
            page.StructParents, page.Tabs = len(self._pages), PDFName("S")
            self._pages.append(self._doc.thisPageRef())
            self._owners.append([])
            add(page)

        self._doc.addPage = add_page

    @contextmanager
    def element(self, tag: str, alt: str | None = None, **attributes: Any) -> Iterator[Element]:
        """Everything drawn inside belongs to this element."""
        element = Element(tag, alt, attributes)
        self._open[-1].children.append(element)
        self._open.append(element)
        try:
            yield element
        finally:
            self._open.pop()

    @contextmanager
    def gathered(self, tag: str) -> Iterator[None]:
        """Everything drawn inside belongs to the one element of this tag."""
        if tag not in self._gathered:
            self._gathered[tag] = Element(tag)
            self._open[-1].children.append(self._gathered[tag])
        self._open.append(self._gathered[tag])
        try:
            yield
        finally:
            self._open.pop()

    def begin(self, tag: str, alt: str | None = None, **attributes: Any) -> None:
        """Opens an element, for those who cannot use `with`."""
        element = Element(tag, alt, attributes)
        self._open[-1].children.append(element)
        self._open.append(element)

    def end(self) -> None:
        """Closes the element opened last."""
        self._open.pop()

    @contextmanager
    def content(self, tag: str, alt: str | None = None) -> Iterator[None]:
        """What is drawn inside is the content of one new element."""
        with self.element(tag, alt):
            self.mark()
            try:
                yield
            finally:
                self.unmark()

    def mark(self) -> None:
        """What follows is content of the open element."""
        page, owners = len(self._pages), self._owners[len(self._pages)]
        self._open[-1].children.append((page, len(owners)))
        self._code.append(f"/{self._open[-1].tag} <</MCID {len(owners)}>> BDC")
        owners.append(self._open[-1])

    def unmark(self) -> None:
        """Ends what `mark` or `artifact` began."""
        self._code.append("EMC")

    def begin_artifact(self) -> None:
        """What follows is decoration, which nobody need hear of."""
        self._code.append("/Artifact BMC")

    @contextmanager
    def artifact(self) -> Iterator[None]:
        """What is drawn inside is decoration."""
        self.begin_artifact()
        try:
            yield
        finally:
            self.unmark()

    def save(self) -> None:
        """Adds the tree, then writes."""
        if len(self._code):
            self.showPage()
        doc = self._doc
        parents: list[dict[int, Any]] = [{} for _ in self._pages]
        tree = PDFDictionary({"Type": PDFName("StructTreeRoot")})
        # The name of the whole has a tag of its own only since PDF 2.0.
        tree["RoleMap"] = PDFDictionary({"Title": PDFName("P")})
        reference = doc.Reference(tree)
        tree["K"] = PDFArray([self._written(self.root, reference, parents)])
        numbers: list[Any] = []
        for page, found in enumerate(parents):
            numbers += [page, PDFArray([found[number] for number in sorted(found)])]
        tree["ParentTree"] = PDFDictionary({"Nums": PDFArray(numbers)})
        tree["ParentTreeNextKey"] = len(self._pages)
        doc.Catalog.StructTreeRoot = reference
        doc.Catalog.MarkInfo = PDFDictionary({"Marked": "true"})
        super().save()

    def _written(self, element: Element, parent: Any, parents: list[dict[int, Any]]) -> Any:
        node = PDFDictionary({"Type": PDFName("StructElem"), "S": PDFName(element.tag), "P": parent})
        reference = self._doc.Reference(node)
        if element.alt:
            node["Alt"] = PDFString(element.alt)
        if element.attributes:
            node["A"] = PDFDictionary({name: _value(value) for name, value in element.attributes.items()})
        children: list[Any] = []
        for child in element.children:
            if isinstance(child, Element):
                children.append(self._written(child, reference, parents))
            else:
                page, number = child
                parents[page][number] = reference
                children.append(
                    PDFDictionary({"Type": PDFName("MCR"), "Pg": self._pages[page], "MCID": number})
                )
        node["K"] = PDFArray(children)
        return reference


def _value(value: Any) -> Any:
    return PDFName(value) if isinstance(value, str) else value
