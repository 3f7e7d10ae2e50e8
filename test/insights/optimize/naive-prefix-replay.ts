/** The replay of caches a second time, as plainly as it can be said. */
import type { CachePolicy, CacheTerms } from "../../../src/insights/optimize/caching/cache-policies.ts";
import type { PromptBlock } from "../../../src/usage/index.ts";

const HOUR_MS = 3_600_000;

/** Everything that ever was, searched through for every call. */
export function naiveReplay(
  calls: readonly { blocks: readonly PromptBlock[]; inputTokens: number; staticBlocks: number; atMs: number }[],
  { hasBreakpoints, minimumTokens }: CacheTerms,
  { writes, lifetimeMs }: CachePolicy,
): { read: number; written: number }[] {
  const cached: { hash: string; atMs: number }[] = [];
  const seen: { hash: string; atMs: number }[] = [];
  return calls.map(({ blocks, inputTokens, staticBlocks, atMs }) => {
    const sum = blocks.reduce((total, { tokens }) => total + tokens, 0);
    const lengthTo = (count: number): number => {
      const length = blocks.slice(0, count).reduce((total, { tokens }) => total + tokens, 0);
      return sum > inputTokens ? Math.floor((length * inputTokens) / sum) : length;
    };
    const longest = (known: typeof seen, keptMs: number): number => {
      for (let count = blocks.length; count > 0; count--) {
        if (known.some(({ hash, atMs: thenMs }) => hash === blocks[count - 1]?.hash && atMs - thenMs <= keptMs)) return count;
      }
      return 0;
    };
    const isLong = (count: number): boolean => count > 0 && lengthTo(count) >= minimumTokens;
    let found = longest(cached, lifetimeMs);
    // What is too short for a cache was never put there; a longer block's cache is no shorter one's.
    while (
      found > 0 &&
      !(isLong(found) && cached.some(({ hash, atMs: at }) => hash === blocks[found - 1]?.hash && atMs - at <= lifetimeMs))
    )
      found--;
    const wanted = { always: blocks.length, static: Math.min(staticBlocks, blocks.length), "second-sight": longest(seen, HOUR_MS) }[writes];
    const target = isLong(wanted) ? wanted : 0;
    const last = Math.max(found, target);
    const marks = new Set<number>();
    if (!hasBreakpoints) for (let count = 1; count <= last; count++) marks.add(count);
    else {
      marks.add(found).add(target);
      if (writes === "always" && target > 0)
        marks
          .add(Math.min(1, target))
          .add(Math.min(2, target))
          .add(target - 1);
      marks.delete(0);
    }
    for (const count of marks) cached.push({ hash: (blocks[count - 1] as PromptBlock).hash, atMs });
    for (const { hash } of blocks) seen.push({ hash, atMs });
    return { read: lengthTo(found), written: lengthTo(last) - lengthTo(found) };
  });
}
