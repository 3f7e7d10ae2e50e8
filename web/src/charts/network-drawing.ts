/** The picture of a network. Loaded only where one is shown: its library is larger than everything else. */
import { GraphChart } from "echarts/charts";
import { TooltipComponent } from "echarts/components";
import { type EChartsType, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { communityColour, kindOf, type NetworkLink, type NetworkNode, nameOf } from "./network.ts";
import { networkPlaces } from "./network-layout.ts";
import { propertyOf } from "./series.ts";
import { CHART_FONT, themeColours } from "./theme-colours.ts";

use([GraphChart, TooltipComponent, CanvasRenderer]);

export class NetworkDrawing {
  readonly #box: HTMLElement;
  readonly #chart: EChartsType;
  #figures: { nodes: readonly NetworkNode[]; links: readonly NetworkLink[] } = { nodes: [], links: [] };

  constructor(box: HTMLElement, selected: (id: string) => void) {
    this.#box = box;
    this.#chart = init(box, null, { renderer: "canvas" });
    this.#chart.on("click", (event) => {
      const { id } = (event.data ?? {}) as { id?: unknown };
      if (event.dataType === "node" && typeof id === "string") selected(id);
    });
  }

  draw(nodes: readonly NetworkNode[], links: readonly NetworkLink[]): void {
    this.#figures = { nodes, links };
    // A box without a size, as one that is not shown yet, can't be drawn in: it is drawn when it gets one.
    if (this.#box.clientWidth < 40 || this.#box.clientHeight < 40) return;
    this.#chart.resize();
    if (nodes.length === 0) {
      this.#chart.clear();
      return;
    }
    const colour = themeColours(this.#box);
    const largest = Math.max(0, ...nodes.map(({ size }) => size)) || 1;
    const heaviest = Math.max(0, ...links.map(({ weight }) => Math.abs(weight))) || 1;
    const isNarrow = this.#box.clientWidth < 500;
    const text = colour("--text");
    // Room for the largest node and half a label at each side, and for a label below.
    const labelWidth = isNarrow ? 96 : 130;
    const [side, top, bottom] = [labelWidth / 2 + 4, 26, 44];
    const [width, height] = [this.#box.clientWidth - 2 * side, Math.max(20, this.#box.clientHeight - top - bottom)];
    const places = networkPlaces(nodes, links, Math.max(1, Math.floor(width / (labelWidth + 8))));
    const across = extent(Array.from(places.values(), ({ x }) => side + x * width));
    const down = extent(Array.from(places.values(), ({ y }) => top + y * height));
    this.#chart.setOption(
      {
        animation: false,
        textStyle: { fontFamily: CHART_FONT, color: text },
        tooltip: {
          // Never HTML: names come from anybody.
          renderMode: "richText",
          backgroundColor: colour("--panel-raised"),
          borderColor: colour("--line"),
          borderWidth: 1,
          padding: [8, 11],
          textStyle: { color: text, fontSize: 12, fontFamily: CHART_FONT },
        },
        series: [
          {
            type: "graph",
            // Its own layout by forces failed at some sizes; here it only draws. The view has the extent of the places: a unit is a pixel.
            layout: "none",
            roam: false,
            left: across.low,
            width: across.span,
            top: down.low,
            height: down.span,
            label: {
              show: true,
              position: "bottom",
              distance: 4,
              fontSize: 11,
              color: text,
              textBorderColor: colour("--panel"),
              textBorderWidth: 3,
              width: labelWidth,
              overflow: "truncate",
            },
            labelLayout: { hideOverlap: true },
            emphasis: { focus: "adjacency", label: { fontWeight: 600 } },
            data: nodes.map((node) => {
              const { x, y } = places.get(node.id) ?? { x: 0.5, y: 0.5 };
              const ink = colour(propertyOf(communityColour(node.community)));
              return {
                id: node.id,
                name: node.id,
                value: node.size,
                x: side + x * width,
                y: top + y * height,
                symbolSize: 10 + Math.sqrt(Math.max(0, node.size) / largest) * (isNarrow ? 22 : 34),
                // The ring of a structural hole is open in its middle.
                itemStyle: node.isHole
                  ? { color: colour("--panel"), borderColor: ink, borderWidth: 4 }
                  : { color: ink, borderColor: colour("--panel"), borderWidth: 1.5 },
                label: { formatter: () => node.name },
                tooltip: {
                  formatter: () =>
                    [node.name, node.sizeText, node.isHole && "Beside a structural hole", node.note].filter(Boolean).join("\n"),
                },
              };
            }),
            links: links
              .filter(({ source, target }) => places.has(source) && places.has(target))
              .map((link) => ({
                source: link.source,
                target: link.target,
                value: Math.abs(link.weight),
                lineStyle: {
                  width: 1 + (Math.abs(link.weight) / heaviest) * 3.5,
                  type: link.isSubstitute ? "dashed" : "solid",
                  color: link.isSubstitute ? text : colour("--series-other"),
                  opacity: link.isSubstitute ? 0.75 : 0.55,
                  curveness: link.isSubstitute ? 0.18 : 0,
                },
                tooltip: { formatter: () => linkText(link, nodes) },
              })),
          },
        ],
      },
      { notMerge: true },
    );
  }

  resize(): void {
    // The places depend on the size.
    this.draw(this.#figures.nodes, this.#figures.links);
  }

  destroy(): void {
    this.#chart.dispose();
  }
}

/** Never without a span: a view of no width can't be drawn in. */
function extent(values: readonly number[]): { low: number; span: number } {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return high - low < 1 ? { low: low - 1, span: 2 } : { low, span: high - low };
}

function linkText(link: NetworkLink, nodes: readonly NetworkNode[]): string {
  const ends = `${nameOf(link.source, nodes)} – ${nameOf(link.target, nodes)}`;
  return [ends, `${kindOf(link)}, ${link.weightText}`, link.note].filter(Boolean).join("\n");
}
