"""Documents made at random after a schema: each choice, each optional element, any text."""

import datetime as dt
import random
import re
from collections.abc import Callable
from pathlib import Path

from lxml import etree

XS = "{http://www.w3.org/2001/XMLSchema}"
TEXT = "ABCDEFGHIJKLM abcdefghijklm 0123456789 /-?:().,'+_&@é\n{}"
PATTERNED = ("12", "EUR", "TH", "ABCD", "111", "+66-123", "+12")
BY_NAME = {
    "bic": ("BKKBTHBKXXX", "NDEAFIHH", "RBOSGB2LABC"),
    "iban": ("GB29NWBK60161331926819",),
    "uuid": ("174c245f-2682-4291-ad67-2a41e530cd27",),
    "uetr": ("174c245f-2682-4291-ad67-2a41e530cd27",),
    "currencycode": ("EUR", "USD", "THB"),
    "country": ("TH", "FI", "GB"),
    "lei": ("5493001KJTIIGC8Y1R12",),
}
NO_MORE_THAN_ONE = frozenset(
    {
        *("CdtInstr", "CdtTrfTxInf", "CxlDtls", "Itm", "Ntfctn", "Ntry", "Rpt", "Stmt"),
        *("TxInf", "TxInfAndSts", "Undrlyg", "DrctDbtTxInf"),
    }
)
"""What one FIN message tells once, or sums up in one currency."""


class Maker:
    """Documents of one schema.

    Args:
        needed: elements that are optional in the schema and always there.
        fixed: text of an element by its name, where chance would make no sense of it.
    """

    def __init__(
        self, schema: Path, seed: int, *, needed: frozenset[str], fixed: dict[str, str]
    ) -> None:
        self.chance = random.Random(seed)
        self.needed, self.fixed = needed, fixed
        root = etree.parse(schema).getroot()
        self.namespace = root.get("targetNamespace")
        self.types = {item.get("name"): item for item in root if item.tag != XS + "element"}
        self.top = next(item for item in root if item.tag == XS + "element")

    def document(self) -> etree._Element:
        made = etree.Element(f"{{{self.namespace}}}Document", nsmap={None: self.namespace})
        self._content(made, self._type(self.top), 0)
        return made

    def _type(self, element):
        inner = element.find(XS + "complexType")
        inner = element.find(XS + "simpleType") if inner is None else inner
        return self.types.get(element.get("type"), element.get("type")) if inner is None else inner

    def _content(self, made, kind, depth: int) -> None:
        if isinstance(kind, str) or kind.tag == XS + "simpleType":
            name = etree.QName(made).localname
            made.text = self.fixed.get(name) or self._text(kind)
            return
        extension = next(kind.iter(XS + "extension"), None)
        if extension is not None:
            made.text = self._text(self.types.get(extension.get("base"), extension.get("base")))
            for attribute in extension.iter(XS + "attribute"):
                made.set(attribute.get("name"), "EUR")
            return
        for group in kind:
            self._group(made, group, depth)

    def _group(self, made, group, depth: int) -> None:
        members = list(group.iterchildren("{*}element", "{*}choice", "{*}sequence"))
        if group.tag == XS + "choice":
            members = [self.chance.choice(members)]
        for member in members:
            if member.tag == XS + "element":
                self._element(made, member, depth, chosen=group.tag == XS + "choice")
            else:
                self._group(made, member, depth)

    def _element(self, made, element, depth: int, *, chosen: bool) -> None:
        name = element.get("name")
        if name == "SplmtryData":
            return
        least = int(element.get("minOccurs", "1"))
        wanted = chosen or name in self.needed or self.chance.random() < (0.5, 0.2)[depth > 4]
        count = max(least, int(wanted))
        if element.get("maxOccurs", "1") != "1" and count and name not in NO_MORE_THAN_ONE:
            count += self.chance.random() < 0.25
        for _ in range(count):
            self._content(
                etree.SubElement(made, f"{{{self.namespace}}}{name}"),
                self._type(element),
                depth + 1,
            )

    def _text(self, kind) -> str:
        name = kind if isinstance(kind, str) else kind.get("name") or ""
        known = [values for part, values in BY_NAME.items() if part in name.lower()]
        if known:
            return self.chance.choice(known[0])
        if isinstance(kind, str):
            return self._plain(kind)
        facets = {item.tag.removeprefix(XS): item.get("value") for item in kind.iter()}
        codes = [item.get("value") for item in kind.iter(XS + "enumeration")]
        if codes:
            return self.chance.choice(codes)
        base = kind.find(XS + "restriction").get("base")
        if not base.endswith("string"):
            return "7" if facets.get("fractionDigits") == "0" else self._plain(base)
        if "pattern" in facets:
            return self._patterned(facets["pattern"])
        most = int(facets.get("maxLength", facets.get("length", "35")))
        return "".join(self.chance.choices(TEXT, k=self.chance.randint(1, most))).strip() or "A"

    def _patterned(self, pattern: str) -> str:
        return next((one for one in PATTERNED if re.fullmatch(pattern, one)), "A1")

    def _plain(self, base: str) -> str:
        day = dt.date(2026, 1, 1) + dt.timedelta(self.chance.randint(0, 300))
        zone = self.chance.choice(["+00:00", "+02:00", "Z", ".123-05:00"])
        made: dict[str, Callable[[], str]] = {
            "date": day.isoformat,
            "dateTime": lambda: f"{day}T23:30:00{zone}",
            "time": lambda: f"09:15:00{zone}",
            "boolean": lambda: self.chance.choice(["true", "false"]),
            "decimal": lambda: self.chance.choice(["1", "12.50", "1000.00", "7138.40"]),
        }
        return made.get(base.partition(":")[2], lambda: "A1")()
