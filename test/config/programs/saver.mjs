/** Applies a saving and takes it back, again and again, until it is killed. Tells once that it has begun. */
import { savingsFile } from "../../../dist/config/index.js";

const [, , path, id] = process.argv;
const { addSavings, removeSavings } = await savingsFile();
const rule = {
  id,
  kind: "model-downgrade",
  from: "claude-opus-4-1",
  to: "claude-haiku-4-5",
  appliedAtMs: 1_780_000_000_000,
  scopes: [{ team: "research" }],
  action: {
    type: "route",
    from: { provider: "anthropic", model: "claude-opus-4-1" },
    to: { provider: "anthropic", model: "claude-haiku-4-5" },
    keptShare: 0.05,
  },
  expectedSavingNanoUsd: 12_500_000_000,
};
// A predecessor that was killed may have left it there.
await removeSavings(path, (other) => other.id === id);
process.stdout.write("begun\n");
for (let round = 0; process.argv[4] === undefined || round < Number(process.argv[4]); round++) {
  await addSavings(path, [rule]);
  await removeSavings(path, (other) => other.id === id);
}
process.stdout.write("done\n");
