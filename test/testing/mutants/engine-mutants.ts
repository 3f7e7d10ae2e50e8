/** Faults that somebody could make in pools and windows, each of which the simulation must notice. */
import type { Mutant } from "./mutant.ts";

export const ENGINE_MUTANTS: readonly Mutant[] = [
  {
    fault: "money that fits exactly is refused",
    file: "budget/pool-account.ts",
    original: "      this.nanoUsd + nanoUsd <= limits.nanoUsd\n    )",
    replacement: "      this.nanoUsd + nanoUsd < limits.nanoUsd\n    )",
    also: {
      original: "(nanoUsd === 0 || this.nanoUsd + nanoUsd <= limits.nanoUsd)",
      replacement: "(nanoUsd === 0 || this.nanoUsd + nanoUsd < limits.nanoUsd)",
    },
  },
  {
    fault: "the cap on input and output together is not looked at",
    file: "budget/pool-account.ts",
    original: "      input + output <= limits.totalTokens &&\n",
    replacement: "",
  },
  {
    fault: "a reservation holds no output tokens",
    file: "budget/pool-account.ts",
    original: "    this.reservedNanoUsd += nanoUsd;\n    this.reservations += 1;",
    replacement: "    this.reservedNanoUsd += nanoUsd;\n    this.outputTokens -= outputTokens;\n    this.reservations += 1;",
  },
  {
    fault: "a reservation of before a reset gives back what it no longer holds",
    file: "budget/pool-account.ts",
    original: "return place === this.generation;",
    replacement: "return place <= this.generation;",
  },
  {
    fault: "released, a reservation keeps its money",
    file: "budget/pool-account.ts",
    original: "    this.outputTokens -= outputTokens;\n    this.nanoUsd -= nanoUsd;\n    this.reservedInputTokens",
    replacement: "    this.outputTokens -= outputTokens;\n    this.reservedInputTokens",
  },
  {
    fault: "a reservation that has ended is settled once more",
    file: "budget/engine.ts",
    original: 'if (this.ending === "settled" || this.ending === "released") throw',
    replacement: 'if (this.ending === "released") throw',
  },
  {
    fault: "a released reservation can be settled",
    file: "budget/engine.ts",
    original: 'if (this.ending === "settled" || this.ending === "released") throw',
    replacement: 'if (this.ending === "settled") throw',
  },
  {
    fault: "an expired reservation that settles gives back once more",
    file: "budget/engine.ts",
    original: "    if (this.ending === undefined) this.giveBack();\n",
    replacement: "    this.giveBack();\n",
  },
  {
    fault: "a second release gives back once more",
    file: "budget/engine.ts",
    original: 'if (this.ending === undefined) this.end("released");',
    replacement: 'this.end("released");',
  },
  {
    fault: "only the first of several budgets gives back",
    file: "budget/engine.ts",
    original: "      account.unhold(this.placeAt(i), this.inputTokens",
    replacement: "      if (i === 0) account.unhold(this.placeAt(i), this.inputTokens",
  },
  {
    fault: "the last of several budgets is not asked",
    file: "budget/reserve-all.ts",
    original: "  for (let i = 0; i < accounts.length; i++) {\n    if (!(accounts[i] as Account).admits(",
    replacement: "  for (let i = 0; i < Math.max(1, accounts.length - 1); i++) {\n    if (!(accounts[i] as Account).admits(",
  },
  {
    fault: "a counted id is counted again",
    file: "budget/pool.ts",
    original: "  if (state !== COUNTED) state.settleAt(inputTokens, outputTokens, nanoUsd);\n  return false;",
    replacement: "  if (state === COUNTED) return true;\n  state.settleAt(inputTokens, outputTokens, nanoUsd);\n  return false;",
  },
  {
    fault: "a reservation's time is over a millisecond late",
    file: "budget/expiries.ts",
    original: "(this.instants[0] as number) <= now",
    replacement: "(this.instants[0] as number) < now",
  },
  {
    fault: "of two that expire the later is looked at first",
    file: "budget/expiries.ts",
    original: "      if (above <= instant) break;",
    replacement: "      if (above >= instant) break;",
  },
  {
    fault: "an event that is as old as the window still counts",
    file: "budget/sliding-window.ts",
    original: "if (nowMs >= this.headLeavesMs) this.drop(nowMs);",
    replacement: "if (nowMs > this.headLeavesMs) this.drop(nowMs);",
  },
  {
    fault: "a part leaves when its first event is old, not its last",
    file: "budget/sliding-window.ts",
    original: "    const { tail } = this;\n    this.latestMs[tail] = nowMs;",
    replacement: "    const { tail } = this;\n    if (this.partCalls[tail] === 0) this.latestMs[tail] = nowMs;",
  },
  {
    fault: "a settled reservation counts as of now",
    file: "budget/windows.ts",
    original: "change(place, inputTokens + outputTokens, nanoUsd, 1);",
    replacement: "add(this.nowMs, inputTokens + outputTokens, nanoUsd);",
  },
  {
    fault: "what has left the window is taken from it again",
    file: "budget/sliding-window.ts",
    original: "    if (atMs <= this.leftMs) return;\n",
    replacement: "    if (this.length === 0) return;\n",
  },
  {
    fault: "the wait that a refusal tells is too short",
    file: "budget/sliding-window.ts",
    original: "(freedTokens < tokens || freedNanoUsd < nanoUsd)",
    replacement: "(freedTokens < tokens && freedNanoUsd < nanoUsd)",
  },
];
