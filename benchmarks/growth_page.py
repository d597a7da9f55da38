"""The page and the plot of `growth.py`."""

import math
from dataclasses import dataclass, field
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
LEFT, TOP, WIDTH, HEIGHT, LEGEND = 64, 24, 480, 400, 230
"""Places of the plot, in its own units."""
COLOURS = ("#2f6fde", "#c4420c", "#1f8a4c", "#9a3fb5", "#a87900", "#0f8f9c")
FLAT = 1.5
"""What costs at most so many times as much at the last size as at the first stays flat."""

STYLE = """
text { font: 12px sans-serif; fill: #222 }
.grid { stroke: #8884; stroke-width: 1 }
.line { fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) { text { fill: #ddd } }
"""

HEAD = """# What grows with the number of codes

Made by `benchmarks/growth.py`, which `make bench` runs.
{about}.

A server on SQLite, whole but for the socket, answers one request after the other; the
milliseconds in which the quickest tenth of them is done. Pages have 100 codes, half of which
were used once; a tenth each is disabled, expired, scheduled, tagged and noted, and one owner's.
Requests that write end when they are on disk. Single numbers say more about the machine than
about the program; how they change from left to right is the result.

![A log-log plot of the table below](growth.svg)

"""


WHY = """A search by a tag, or by a word of the note, reads and sorts all codes that have it where
they are at most 5,000. Where more have it, the page is looked for among the next 20,000 codes in
order; only if it is not full then, all that match are read and sorted after all. A search for
expired or for scheduled codes reads all of them where they are at most 10,000, else all codes in
order until the page is full. Own codes come all at once, as the protocol has it, so who has
10,000 of them waits for 10,000.

Numbers over all codes (`getStats`) are counted in the background, in at most a hundredth of the
time, and the audit log, redemptions and mails need not grow at all: [retention.md](retention.md).
"""


@dataclass
class Growth:
    """What was measured."""

    lines: dict[str, dict[int, float]] = field(default_factory=dict)
    """Milliseconds by the number of codes, by the name of the request."""
    bytes: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Bytes of the database, and how many codes they are for."""

    def add(self, name: str, size: int, milliseconds: float) -> None:
        """Note one cost."""
        self.lines.setdefault(name, {})[size] = milliseconds

    def factor(self, name: str) -> float:
        """How many times as much the last size costs as the first."""
        costs = [*self.lines[name].values()]
        return costs[-1] / costs[0]


def write(grown: Growth, about: str) -> None:
    """Write the page and the plot into the docs."""
    flat = [name for name in grown.lines if grown.factor(name) <= FLAT]
    steep = [f"{name} ({grown.factor(name):.1f})" for name in grown.lines if name not in flat]
    verdict = f"At most {FLAT} times as much at the last size as at the first cost "
    verdict += f"{len(flat)} of {len(grown.lines)}. "
    verdict += f"More cost:\n{', '.join(steep)}.\n" if steep else "\n"
    page = f"{HEAD.format(about=about)}{table(grown)}\n{verdict}\n{WHY}"
    (DOCS / "growth.md").write_text(page)
    (DOCS / "growth.svg").write_text(plot(grown))


def table(grown: Growth) -> str:
    """All costs, and the size, as Markdown."""
    sizes = [*grown.bytes]
    rows = [["ms at so many codes", *(f"{size:,}" for size in sizes), "last / first"]]
    rows.append(["---"] * len(rows[0]))
    for name, costs in grown.lines.items():
        shown = [f"{costs[size]:.2f}" if size in costs else "" for size in sizes]
        rows.append([name, *shown, f"{grown.factor(name):.1f}"])
    each = [size / codes for size, codes in grown.bytes.values()]
    rows.append(["bytes a code", *(f"{one:,.0f}" for one in each), f"{each[-1] / each[0]:.1f}"])
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def plot(grown: Growth) -> str:
    """Milliseconds against codes, both axes logarithmic, as SVG."""
    sizes = [*grown.bytes]
    costs = [cost for line in grown.lines.values() for cost in line.values()]
    low, high = math.floor(math.log10(min(costs))), math.ceil(math.log10(max(costs)))
    first, last = math.log10(sizes[0]), math.log10(max(sizes[-1], sizes[0] * 10))

    def x(size: int) -> float:
        return LEFT + WIDTH * (math.log10(size) - first) / (last - first)

    def y(cost: float) -> float:
        return TOP + HEIGHT * (high - math.log10(cost)) / (high - low)

    parts = []
    for size in sizes:
        parts.append(f'<path class="grid" d="M{x(size):.0f} {TOP}v{HEIGHT}"/>')
        parts.append(
            f'<text x="{x(size):.0f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{size:,}</text>'
        )
    for power in range(low, high + 1):
        at = y(10**power)
        parts.append(f'<path class="grid" d="M{LEFT} {at:.0f}h{WIDTH}"/>')
        parts.append(
            f'<text x="{LEFT - 8}" y="{at + 4:.0f}" text-anchor="end">{10**power:g} ms</text>'
        )
    for number, (name, line) in enumerate(grown.lines.items()):
        colour, dashes = (
            COLOURS[number % len(COLOURS)],
            ("none", "6 3", "2 3")[number // len(COLOURS)],
        )
        style = f'class="line" stroke="{colour}" stroke-dasharray="{dashes}"'
        points = " ".join(f"{x(size):.1f},{y(cost):.1f}" for size, cost in line.items())
        parts.append(f'<polyline {style} points="{points}"/>')
        begin, at = LEFT + WIDTH + 20, TOP + 10 + 22 * number
        parts.append(f'<path {style} d="M{begin} {at}h26"/>')
        parts.append(f'<text x="{begin + 34}" y="{at + 4}">{name}</text>')
    width, height = LEFT + WIDTH + LEGEND, TOP + HEIGHT + 40
    drawn = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">\n'
        f"<title>Milliseconds of a request against the number of codes</title>\n"
        f"<style>{STYLE}</style>\n{drawn}\n</svg>\n"
    )
