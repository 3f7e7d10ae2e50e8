/** The picture of a network. Loaded only where one is shown: its library is larger than everything else. */
import { GraphChart } from "echarts/charts";
import { TooltipComponent } from "echarts/components";
import { type EChartsType, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { communityColour, type NetworkLink, type NetworkNode } from "./network.ts";
import { CHART_FONT } from "./plot-painting.ts";
import { propertyOf } from "./series.ts";
import { themeColours } from "./theme-colours.ts";

use([GraphChart, TooltipComponent, CanvasRenderer]);

export class NetworkDrawing {
  readonly #box: HTMLElement;
  readonly #chart: EChartsType;
  #figures: { nodes: readonly NetworkNode[]; links: readonly NetworkLink[] } = { nodes: [], links: [] };
  #isDrawn = false;

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
    this.#isDrawn = false;
    // A box without a size, as one that is not shown yet, can't be drawn in: it is drawn when it gets one.
    if (this.#box.clientWidth < 40 || this.#box.clientHeight < 40) return;
    this.#isDrawn = true;
    this.#chart.resize();
    const colour = themeColours(this.#box);
    const largest = Math.max(0, ...nodes.map(({ size }) => size)) || 1;
    const heaviest = Math.max(0, ...links.map(({ weight }) => Math.abs(weight))) || 1;
    const isNarrow = this.#box.clientWidth < 500;
    const text = colour("--text");
    const communities = [...new Set(nodes.map(({ community }) => community))];
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
            layout: "force",
            // Begins in a circle, community beside community, so that the same figures always give the same picture.
            force: {
              initLayout: "circular",
              repulsion: isNarrow ? 160 : 520,
              edgeLength: isNarrow ? [40, 110] : [70, 200],
              gravity: 0.09,
              layoutAnimation: false,
            },
            roam: "move",
            left: "12%",
            right: "12%",
            top: "8%",
            bottom: "8%",
            label: {
              show: true,
              position: "bottom",
              distance: 4,
              fontSize: 11,
              color: text,
              textBorderColor: colour("--panel"),
              textBorderWidth: 3,
              width: 130,
              overflow: "truncate",
            },
            labelLayout: { hideOverlap: true },
            emphasis: { focus: "adjacency", label: { fontWeight: 600 } },
            data: [...nodes]
              .sort((one, other) => communities.indexOf(one.community) - communities.indexOf(other.community))
              .map((node) => {
                const ink = colour(propertyOf(communityColour(node.community)));
                return {
                  id: node.id,
                  name: node.id,
                  value: node.size,
                  symbolSize: 10 + Math.sqrt(Math.max(0, node.size) / largest) * (isNarrow ? 22 : 34),
                  // The ring of a structural hole is open in its middle.
                  itemStyle: node.isHole
                    ? { color: colour("--panel"), borderColor: ink, borderWidth: 4 }
                    : { color: ink, borderColor: colour("--panel"), borderWidth: 1.5 },
                  label: { formatter: () => node.name },
                  tooltip: {
                    formatter: () => [node.name, node.sizeText, node.isHole && "Structural hole", node.note].filter(Boolean).join("\n"),
                  },
                };
              }),
            links: links.map((link) => ({
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
    if (!this.#isDrawn) this.draw(this.#figures.nodes, this.#figures.links);
    else if (this.#box.clientWidth >= 40 && this.#box.clientHeight >= 40) this.#chart.resize();
  }

  destroy(): void {
    this.#chart.dispose();
  }
}

function linkText(link: NetworkLink, nodes: readonly NetworkNode[]): string {
  const name = (id: string) => nodes.find((node) => node.id === id)?.name ?? id;
  const kind = link.isSubstitute ? "substitutes" : "used together";
  return [`${name(link.source)} – ${name(link.target)}`, `${kind}, ${link.weightText}`, link.note].filter(Boolean).join("\n");
}
