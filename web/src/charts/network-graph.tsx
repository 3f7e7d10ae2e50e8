/** Who belongs together: nodes in the colours of their communities, and a list of the links beside the picture. */
import { type ReactNode, useEffect, useRef, useState } from "react";
import { ChartFrame } from "./chart-frame.tsx";
import swatches from "./chart-legend.module.css";
import { communityColour, kindOf, type NetworkLink, type NetworkNode, nameOf } from "./network.ts";
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
  return (
    <ChartFrame label={label} table={() => <NetworkTables label={label} nodes={nodes} links={links} />}>
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

function NetworkTables({ label, nodes, links }: Pick<NetworkGraphProps, "label" | "nodes" | "links">): ReactNode {
  return (
    <div className={styles.lists}>
      <NetworkTable
        caption={`${label}: links`}
        headings={["From", "To", "Kind", "Weight"]}
        rows={links.map((link) => ({
          key: `${link.source} ${link.target} ${link.isSubstitute}`,
          name: nameOf(link.source, nodes),
          words: [nameOf(link.target, nodes), [kindOf(link), link.note].filter(Boolean).join(", ")],
          figure: <data value={link.weight}>{link.weightText}</data>,
        }))}
      />
      <NetworkTable
        caption={`${label}: names`}
        headings={["Name", "Community", "Note", "Size"]}
        rows={nodes.map((node) => ({
          key: node.id,
          name: node.name,
          words: [
            node.community < 0 ? "none" : String(node.community + 1),
            [node.isHole && "beside a structural hole", node.note].filter(Boolean).join(", "),
          ],
          figure: <data value={node.size}>{node.sizeText}</data>,
        }))}
      />
    </div>
  );
}

interface NetworkTableProps {
  caption: string;
  headings: readonly string[];
  rows: readonly { key: string; name: string; words: readonly [string, string]; figure: ReactNode }[];
}

function NetworkTable({ caption, headings, rows }: NetworkTableProps): ReactNode {
  return (
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          {headings.map((heading) => (
            <th key={heading} scope="col">
              {heading}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, name, words: [first, second], figure }) => (
          <tr key={key}>
            <th scope="row">{name}</th>
            <td>{first}</td>
            <td>{second}</td>
            <td>{figure}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
