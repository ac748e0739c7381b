"""QGIS layer styles (QML) drawn from `jangkau.reports.looks`, so that QGIS shows the same symbols as the maps."""

import base64
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping, Sequence

from jangkau.messages import Message, render
from jangkau.reports import looks
from jangkau.reports.looks import ValueLook

QGIS_VERSION = "3.34.0-Prizren"
_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_FLAG_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">'
    f'<path d="M5 2v20h2V13l13-5.5L5 2z" fill="{looks.FLAG}" stroke="#ffffff" stroke-width="1"/></svg>'
)

SymbolLayer = tuple[str, Mapping[str, str], "Sequence[SymbolLayer]"]
"""Class, properties, and the symbol layers of its own sub-symbol."""


def style_qml(style: str, language: str) -> str:
    """Return the QML of a style, one of `STYLES`, with its legend in a language."""
    root = ET.Element("qgis", version=QGIS_VERSION, styleCategories="Symbology", labelsEnabled="0")
    STYLES[style](root, language)
    ET.indent(root, " ")
    return _DOCTYPE + ET.tostring(root, encoding="unicode") + "\n"


def _areas(root: ET.Element, language: str) -> None:
    categories = [(v, _said(look.label, language), _area_layers(look)) for v, look in looks.VALUE_LOOKS.items()]
    _categorized(root, "value", "fill", categories, alpha="0.85")


def _hexagons(root: ET.Element, language: str) -> None:
    categories = [
        (v, _said(look.label, language), _area_layers(look, outline_mm="0.05")) for v, look in looks.VALUE_LOOKS.items()
    ]
    _categorized(root, "value", "fill", categories, alpha="0.7")


def _points(root: ET.Element, language: str) -> None:
    categories = []
    for tested in (True, False):
        kind = _said(Message("map.tested" if tested else "map.predicted"), language)
        for value in looks.SHARE_VALUES[:3]:
            look = looks.VALUE_LOOKS[value]
            label = f"{_said(look.label, language)} ({kind})"
            categories.append((f"{'tested' if tested else 'other'} {value}", label, _point_layers(look, tested)))
    unknown = (_said(looks.UNKNOWN.label, language), _point_layers(looks.UNKNOWN, tested=False))
    categories += [("other unknown", *unknown), ("tested unknown", *unknown)]
    expression = "CASE WHEN \"evidence\" = 'tested' THEN 'tested ' ELSE 'other ' END || \"value\""
    _categorized(root, expression, "marker", categories)


def _gaps(root: ET.Element, language: str) -> None:
    look = looks.NONE
    lines: SymbolLayer = ("LinePatternFill", _hatch("0", "2"), [_line(look.colour, "0.25")])
    _single(root, "fill", [_fill(_colour(look.colour, 40), look.colour, "0.8"), lines])


def _gap_points(root: ET.Element, language: str) -> None:
    _single(root, "marker", _point_layers(looks.NONE, tested=False, size_mm=4.0))


def _claims(root: ET.Element, language: str) -> None:
    picture = base64.b64encode(_FLAG_SVG.encode()).decode()
    _single(root, "marker", [("SvgMarker", {"name": f"base64:{picture}", "size": "5", "size_unit": "MM"}, [])])


def _sites(root: ET.Element, language: str) -> None:
    _single(root, "marker", [_marker("triangle", looks.PAPER, looks.INK, 3.0)])


def _ways(root: ET.Element, language: str) -> None:
    markers = {
        "permanent": _marker("circle", looks.PAPER, looks.INK, 2.4),
        "temporary": _marker("triangle", looks.INK, looks.PAPER, 3.6),
        "send_place": _marker("square", looks.INK, looks.PAPER, 3.0),
        "carry": _marker("diamond", looks.NONE.colour, looks.PAPER, 4.0),
    }
    categories = [(rung, _said(Message(f"remedy.rung.{rung}"), language), [m]) for rung, m in markers.items()]
    _categorized(root, "rung", "marker", categories)


def _planned_sites(root: ET.Element, language: str) -> None:
    markers = {
        "site": _marker("triangle", looks.INK, looks.PAPER, 4.6),
        "cells": _marker("equilateral_triangle", looks.SERVED.colour, looks.PAPER, 4.2),
        "relay": _marker("triangle", looks.PAPER, looks.INK, 4.2),
        "repeater": _marker("diamond", looks.INK, looks.PAPER, 3.8),
        "office": _marker("square", looks.INK, looks.PAPER, 3.2),
        "standing": _marker("triangle", looks.PAPER, looks.QUIET_INK, 3.0),
    }
    categories = [(kind, _said(Message(f"build.legend.{kind}"), language), [m]) for kind, m in markers.items()]
    _categorized(root, "kind", "marker", categories)


def _planned_hops(root: ET.Element, language: str) -> None:
    _single(root, "line", [_line(looks.INK, "0.6")])


def _planned_places(root: ET.Element, language: str) -> None:
    categories = [
        (v, _said(looks.VALUE_LOOKS[v].label, language), _point_layers(looks.VALUE_LOOKS[v], tested=False))
        for v in looks.SHARE_VALUES
    ]
    _categorized(root, "value", "marker", categories)


def _outlines(root: ET.Element, language: str) -> None:
    _single(root, "fill", [_fill("0,0,0,0", looks.DISTRICT_LINE, "0.5", style="no")])


STYLES: dict[str, Callable[[ET.Element, str], None]] = {
    "areas": _areas,
    "hexagons": _hexagons,
    "points": _points,
    "gaps": _gaps,
    "gap_points": _gap_points,
    "claims": _claims,
    "sites": _sites,
    "ways": _ways,
    "outlines": _outlines,
    "planned_sites": _planned_sites,
    "planned_hops": _planned_hops,
    "planned_places": _planned_places,
}
"""Styles by name: areas, hexagons and points want a column `value`, points also `evidence`; ways want `rung`.

Of a build-out, sites want `kind` and places `value`.
"""


def _said(message: Message, language: str) -> str:
    return render(message, language)


def _colour(colour: str, opacity: int = 255) -> str:
    """Return a colour as QGIS writes it: red,green,blue,opacity."""
    return colour if "," in colour else ",".join(str(c) for c in (*looks.rgb(colour), opacity))


def _fill(colour: str, outline: str, outline_mm: str, style: str = "solid") -> SymbolLayer:
    return "SimpleFill", {
        "color": _colour(colour),
        "style": style,
        "outline_color": _colour(outline),
        "outline_style": "solid",
        "outline_width": outline_mm,
        "outline_width_unit": "MM",
    }, []  # fmt: skip


def _line(colour: str, width_mm: str) -> SymbolLayer:
    return "SimpleLine", {"line_color": _colour(colour), "line_width": width_mm, "line_width_unit": "MM"}, []


def _hatch(angle_deg: str, distance_mm: str) -> dict[str, str]:
    return {"angle": angle_deg, "distance": distance_mm, "distance_unit": "MM"}


def _area_layers(look: ValueLook, outline_mm: str = "0.15") -> list[SymbolLayer]:
    outline = looks.QUIET_INK
    if look.texture == "hatched":
        pattern: SymbolLayer = ("LinePatternFill", _hatch("45", "1.8"), [_line(look.colour, "0.4")])
        return [_fill(look.colour, outline, outline_mm, style="no"), pattern]
    if look.texture == "shares":
        pattern = ("LinePatternFill", _hatch("90", "3"), [_line(looks.NONE.colour, "1.5")])
        return [_fill(looks.SERVED.colour, outline, outline_mm), pattern]
    if look.texture == "lines":
        pattern = ("LinePatternFill", _hatch("0", "2"), [_line(looks.PAPER, "0.2")])
        return [_fill(look.colour, outline, outline_mm), pattern]
    return [_fill(look.colour, outline, outline_mm)]


def _marker(name: str, fill: str, outline: str, size_mm: float, outline_mm: str = "0.4", **more: str) -> SymbolLayer:
    return "SimpleMarker", {
        "name": name,
        "color": _colour(fill),
        "outline_color": _colour(outline),
        "outline_style": "solid",
        "outline_width": outline_mm,
        "outline_width_unit": "MM",
        "size": f"{size_mm:g}",
        "size_unit": "MM",
        **more,
    }, []  # fmt: skip


def _point_layers(look: ValueLook, tested: bool, size_mm: float = 3.0) -> list[SymbolLayer]:
    base = "circle" if tested else "square"
    outline = looks.INK if tested else look.colour
    rim = [_marker("circle", looks.PAPER, looks.INK, size_mm + 0.9, "0.3")] if tested else []
    if look.shape == "dotted_ring":
        return [*rim, _marker(base, looks.PAPER, look.colour, size_mm, outline_style="dot")]
    if look.shape == "half":
        half = _marker("semi_circle" if tested else "half_square", look.colour, look.colour, size_mm, "0")
        return [*rim, _marker(base, looks.PAPER, outline, size_mm), half]
    if look.shape == "ring_with_bar":
        bar = _marker("line", look.colour, look.colour, size_mm * 0.6, "0.6", angle="90")
        return [*rim, _marker(base, looks.PAPER, look.colour, size_mm, "0.7"), bar]
    return [*rim, _marker(base, look.colour, outline, size_mm)]


def _categorized(
    root: ET.Element,
    attribute: str,
    kind: str,
    categories: Sequence[tuple[str, str, Sequence[SymbolLayer]]],
    alpha: str = "1",
) -> None:
    renderer = ET.SubElement(
        root, "renderer-v2", type="categorizedSymbol", attr=attribute, symbollevels="0", forceraster="0",
        enableorderby="0", referencescale="-1",
    )  # fmt: skip
    listed = ET.SubElement(renderer, "categories")
    symbols = ET.SubElement(renderer, "symbols")
    for i, (value, label, layers) in enumerate(categories):
        ET.SubElement(listed, "category", symbol=str(i), value=value, label=label, render="true", type="string")
        _symbol(symbols, str(i), kind, layers, alpha)


def _single(root: ET.Element, kind: str, layers: Sequence[SymbolLayer]) -> None:
    renderer = ET.SubElement(
        root, "renderer-v2", type="singleSymbol", symbollevels="0", forceraster="0", enableorderby="0",
        referencescale="-1",
    )  # fmt: skip
    _symbol(ET.SubElement(renderer, "symbols"), "0", kind, layers)


def _symbol(parent: ET.Element, name: str, kind: str, layers: Sequence[SymbolLayer], alpha: str = "1") -> None:
    symbol = ET.SubElement(parent, "symbol", name=name, type=kind, alpha=alpha, clip_to_extent="1", force_rhr="0")
    for i, (layer_class, properties, inner) in enumerate(layers):
        attributes = {"class": layer_class, "enabled": "1", "locked": "0", "pass": "0"}
        layer = ET.SubElement(symbol, "layer", attributes)
        options = ET.SubElement(layer, "Option", type="Map")
        for key, value in properties.items():
            ET.SubElement(options, "Option", type="QString", name=key, value=value)
        if inner:
            _symbol(layer, f"@{name}@{i}", "line", inner)
