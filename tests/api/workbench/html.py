"""Reads a page as assistive technology would: headings, landmarks, labels, links, and what may not be there."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

FIELDS = ("input", "select", "textarea")


@dataclass
class Page(HTMLParser):
    """One parsed page."""

    source: str
    language: str = ""
    titles: int = 0
    landmarks: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    fields: list[dict[str, str]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    references: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._in_script = False
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._in_script = tag == "script"
        self.language = given.get("lang", "") if tag == "html" else self.language
        self.titles += tag == "h1"
        if tag in ("header", "main", "nav", "footer"):
            self.landmarks.add(tag)
        if tag == "label":
            self.labels.add(given.get("for", ""))
        if tag in FIELDS and given.get("type") != "hidden":
            self.fields.append(given)
        if tag == "form":
            self.forms.append({**given, "token": ""})
        if tag == "input" and given.get("name") == "csrf_token":
            self.forms[-1]["token"] = given.get("value", "")
        if tag == "th":
            self.heads.append(given)
        self._collect(tag, given)

    def _collect(self, tag: str, given: dict[str, str]) -> None:
        if "id" in given:
            self.ids.append(given["id"])
        for name in ("aria-labelledby", "aria-describedby"):
            self.references.update(given.get(name, "").split())
        if "style" in given or any(name.startswith("on") for name in given) or tag == "style":
            self.inline.append(tag)
        self.links.extend(given[name] for name in ("href", "src", "action") if name in given)

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.inline.append("script")
        elif data.strip():
            self.text.append(" ".join(data.split()))

    @property
    def words(self) -> str:
        return " ".join(self.text)


def faults(source: str, language: str) -> list[str]:
    """What is wrong with a page: structure, labels, ids, inline code, addresses of other hosts."""
    page = Page(source)
    found = []
    if page.language != language:
        found.append(f"lang is {page.language!r}")
    if page.titles != 1:
        found.append(f"{page.titles} h1")
    if not {"header", "main", "footer"} <= page.landmarks:
        found.append(f"landmarks {page.landmarks}")
    found += [f"no label: {each}" for each in page.fields if each.get("id") not in page.labels]
    found += [f"id twice: {each}" for each in set(page.ids) if page.ids.count(each) > 1]
    found += [f"refers to no id: {each}" for each in page.references - set(page.ids)]
    found += [f"inline in {each}" for each in page.inline]
    found += [f"another host: {each}" for each in page.links if "//" in each]
    found += [f"th without scope: {each}" for each in page.heads if each.get("scope") not in ("col", "row")]
    found += [f"form without token: {each['action']}" for each in page.forms if not _guarded(each)]
    return found


def _guarded(form: dict[str, str]) -> bool:
    return form.get("method", "get") == "get" or form["action"] == "/sign-in" or bool(form["token"])
