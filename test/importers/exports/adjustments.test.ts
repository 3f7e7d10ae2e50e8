import { expect, test } from "vitest";
import { openLedger } from "../../../src/ledger/index.ts";
import { recordFromForm, toRecordForm } from "../../../src/usage/index.ts";

const refuse = (reason: string): never => {
  throw new Error(reason);
};
const form = { timestamp: "2026-05-01T10:00:00Z", provider: "openai", model: "gpt-5", input_tokens: 0, output_tokens: 0 };

test("bad-input F191: an adjustment lowers the sum, and the book still proves itself", async () => {
  const ledger = await openLedger("sqlite::memory:");
  try {
    const records = [
      { ...form, id: "a", cost_usd: "5" },
      { ...form, id: "b", cost_usd: "-2", status: "adjustment" },
    ].map((each) => recordFromForm(each, { source: "jsonl", warn: refuse }));
    expect(await ledger.record(records)).toMatchObject({ new: 2, rejected: [] });
    const { totals } = await ledger.aggregate({ timeZone: "UTC", groupBy: [] });
    expect(totals.costNanoUsd).toBe(3_000_000_000n);
    expect((await ledger.verify()).differences).toEqual([]);
    const forms: unknown[] = [];
    for await (const stored of ledger.query({})) forms.push(toRecordForm(stored).cost_usd);
    expect(forms).toEqual(["5", "-2"]);
  } finally {
    await ledger.close();
  }
});

test("a sum of many requests keeps in the book how large one of them is", async () => {
  const ledger = await openLedger("sqlite::memory:");
  try {
    const sum = {
      ...form,
      id: "s",
      provider: "anthropic",
      model: "claude-sonnet-4-5",
      input_tokens: 1_000_000,
      request_input_tokens: 1000,
    };
    await ledger.record(recordFromForm(sum, { source: "jsonl", warn: refuse }));
    const { totals } = await ledger.aggregate({ timeZone: "UTC", groupBy: [] });
    expect(totals.costNanoUsd).toBe(3_000_000_000n);
    for await (const stored of ledger.query({})) expect(toRecordForm(stored).request_input_tokens).toBe(1000);
    const repriced = await ledger.reprice({});
    expect(repriced).toMatchObject({ examined: 1, corrected: 0 });
  } finally {
    await ledger.close();
  }
});
