"""A link chart as GraphML 1.0, which Gephi, yEd, Cytoscape and networkx read."""

from __future__ import annotations

from lxml import etree

from screening.exports.graph import CONFIDENCE, Chart
from screening.exports.xml import clean

NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
NODE_KEYS = ("type", "label", "country", "reference")
EDGE_KEYS = ("link_type", "date", "time", "amount", "unit", "source_doc", "confidence")


def graphml(chart: Chart) -> bytes:
    """Directed; every attribute is a string, as written in the order."""
    root = etree.Element(f"{{{NAMESPACE}}}graphml", nsmap={None: NAMESPACE})
    for domain, names in (("node", NODE_KEYS), ("edge", EDGE_KEYS)):
        for name in names:
            etree.SubElement(
                root, f"{{{NAMESPACE}}}key",
                {"id": f"{domain}_{name}", "for": domain, "attr.name": name, "attr.type": "string"},
            )  # fmt: skip
    graph = etree.SubElement(root, f"{{{NAMESPACE}}}graph", {"id": "order", "edgedefault": "directed"})
    for entity in chart.entities.values():
        node = etree.SubElement(graph, f"{{{NAMESPACE}}}node", {"id": entity.id})
        _data(
            node,
            "node",
            dict(zip(NODE_KEYS, (entity.type, entity.label, entity.country, entity.reference), strict=True)),
        )
    for number, link in enumerate(chart.links, 1):
        ends = {"id": f"link-{number}", "source": link.source.id, "target": link.target.id}
        edge = etree.SubElement(graph, f"{{{NAMESPACE}}}edge", ends)
        told = (link.type, chart.date, chart.time, link.amount, link.unit, chart.source_doc, CONFIDENCE)
        _data(edge, "edge", dict(zip(EDGE_KEYS, told, strict=True)))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _data(parent: etree._Element, domain: str, values: dict[str, str]) -> None:
    for name, value in values.items():
        if value:
            etree.SubElement(parent, f"{{{NAMESPACE}}}data", {"key": f"{domain}_{name}"}).text = clean(value)
