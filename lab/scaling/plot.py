"""Draws the picture of docs/scaling.md. Only this module needs matplotlib, which `make scaling` installs."""

from pathlib import Path

import matplotlib as mpl  # pyright: ignore[reportMissingImports]
from matplotlib.figure import Figure  # pyright: ignore[reportMissingImports]

from lab.scaling.examples import RPS, ceilings, curves, digest, walls

# Colors that everyone can distinguish (Okabe and Ito), and different dashes for print.
_COLOURS = ("#000000", "#d55e00", "#0072b2", "#009e73", "#cc79a7")
_DASHES = ("solid", "dashed", "dashdot", "dotted", (0, (5, 1, 1, 1, 1, 1)))
_LIMIT = "#8a8a8a"


def draw(path: Path) -> None:
    """Write the picture. The same numbers give the same bytes."""
    with mpl.rc_context({"svg.hashsalt": "scaling", "svg.fonttype": "none", "font.size": 10}):
        figure = Figure(figsize=(10, 6.6), layout="constrained", facecolor="white")
        axes = figure.subplots()
        for line, colour, dashes in zip(curves(), _COLOURS, _DASHES, strict=True):
            axes.plot(RPS, line.values, label=line.label, color=colour, linestyle=dashes, linewidth=2)
        note = {"color": "#444444", "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1}}
        for line in ceilings():
            (height,) = line.values
            axes.axhline(height, color=_LIMIT, linewidth=1)
            axes.text(110, height * 1.12, f"{line.label}: {height:,.0f}/s", **note)
        for line in walls():
            (at,) = line.values
            axes.axvline(at, color=_LIMIT, linewidth=1)
            words = f"{line.label.replace(', ', chr(10))}: {at:,.0f}/s"
            axes.text(at * 0.94, 0.0014, words, rotation=90, ha="right", va="bottom", **note)
        axes.set(xscale="log", yscale="log", xlim=(RPS[0], RPS[-1]), ylim=(0.001, 100_000))
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.yaxis.set_major_formatter("{x:,g}")
        axes.set_xlabel("requests per second in one region")
        axes.set_ylabel("authorizer invocations per second")
        axes.set_title("Capacity of one region: the cache limits invocations to tokens / TTL; limits are grey")
        axes.grid(which="major", color="#eeeeee")
        axes.set_axisbelow(True)
        axes.legend(loc="upper left", bbox_to_anchor=(0.0, 0.85), framealpha=1)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None, "Description": digest()})
