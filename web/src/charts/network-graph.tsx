/** Who belongs together: nodes in the colours of their communities, and a list of the links beside the picture. */
import { type ReactNode, useEffect, useRef, useState } from "react";
import { ChartFrame } from "./chart-frame.tsx";
import swatches from "./chart-legend.module.css";
import { communityColour, type NetworkLink, type NetworkNode } from "./network.ts";
import type { NetworkDrawing } from "./network-drawing.ts";
import styles from "./network-graph.module.css";
import { useThemeVersion } from "./theme-colours.ts";

export interface NetworkGraphProps {
  label: string;
  nodes: readonly NetworkNode[];
  links: readonly NetworkLink[];
  height?: number | undefined;
  onSelect?: ((id: string) => void) | undefined;
}

export function NetworkGraph({ label, nodes, links, height = 420, onSelect }: NetworkGraphProps): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const drawing = useRef<NetworkDrawing | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const themeVersion = useThemeVersion();
  const latest = useRef({ nodes, links, onSelect });
  latest.current = { nodes, links, onSelect };

  useEffect(() => {
    let isGone = false;
    let observer: ResizeObserver | undefined;
    import("./network-drawing.ts").then(
      ({ NetworkDrawing }) => {
        if (isGone || !box.current) return;
        const made = new NetworkDrawing(box.current, (id) => latest.current.onSelect?.(id));
        drawing.current = made;
        made.draw(latest.current.nodes, latest.current.links);
        observer = new ResizeObserver(() => made.resize());
        observer.observe(box.current);
      },
      () => setFailed(true),
    );
    return () => {
      isGone = true;
      observer?.disconnect();
      drawing.current?.destroy();
      drawing.current = null;
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme draws the same figures in other colours.
  useEffect(() => drawing.current?.draw(nodes, links), [nodes, links, themeVersion]);

  const communities = [...new Set(nodes.map(({ community }) => community))].sort((one, other) => one - other);
  const nameOf = (id: string) => nodes.find((node) => node.id === id)?.name ?? id;
  return (
    <ChartFrame label={label} table={() => <LinkTable label={label} nodes={nodes} links={links} nameOf={nameOf} />}>
      <div
        className={styles.graph}
        style={{ height }}
        role="img"
        aria-label={`${label}. ${nodes.length} names, ${links.length} links; the table below lists them.`}
      >
        <div ref={box} className={styles.box} />
        {hasFailed && <p className={styles.failed}>The picture could not be loaded; the table below has the same links.</p>}
      </div>
      <ul className={styles.legend}>
        {communities.map((community) => (
          <li key={community}>
            <span className={swatches.swatch} data-colour={communityColour(community)} aria-hidden="true" />
            {communityText(community)}
          </li>
        ))}
        {links.some(({ isSubstitute }) => isSubstitute) && (
          <li>
            <span className={swatches.swatch} data-shape="dashed" aria-hidden="true" />
            substitutes
          </li>
        )}
        {nodes.some(({ isHole }) => isHole) && (
          <li>
            <span className={styles.ring} aria-hidden="true" />
            beside a structural hole
          </li>
        )}
      </ul>
    </ChartFrame>
  );
}

function communityText(community: number): string {
  return community < 0 ? "in no community" : `Community ${community + 1}`;
}

function LinkTable({
  label,
  nodes,
  links,
  nameOf,
}: Pick<NetworkGraphProps, "label" | "nodes" | "links"> & { nameOf: (id: string) => string }): ReactNode {
  return (
    <div className={styles.lists}>
      <table>
        <caption>{label}: links</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">To</th>
            <th scope="col">Kind</th>
            <th scope="col">Weight</th>
          </tr>
        </thead>
        <tbody>
          {links.map((link) => (
            <tr key={`${link.source} ${link.target} ${link.isSubstitute}`}>
              <th scope="row">{nameOf(link.source)}</th>
              <td>{nameOf(link.target)}</td>
              <td>{[link.isSubstitute ? "substitutes" : "used together", link.note].filter(Boolean).join(", ")}</td>
              <td>
                <data value={link.weight}>{link.weightText}</data>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <table>
        <caption>{label}: names</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Community</th>
            <th scope="col">Note</th>
            <th scope="col">Size</th>
          </tr>
        </thead>
        <tbody>
          {nodes.map((node) => (
            <tr key={node.id}>
              <th scope="row">{node.name}</th>
              <td>{node.community < 0 ? "none" : node.community + 1}</td>
              <td>{[node.isHole && "beside a structural hole", node.note].filter(Boolean).join(", ")}</td>
              <td>
                <data value={node.size}>{node.sizeText}</data>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
