import { describe, expect, it } from "vitest";
import { deedOf, priceOfBeingWrong, requestsOf, scopesText, sortedOut, whyNothing } from "../../web/src/views/savings/savings-words.ts";

const route = {
  type: "route" as const,
  from: { provider: "anthropic", model: "claude-opus-4-5" },
  to: { provider: "anthropic", model: "claude-haiku-4-5" },
  scopes: [],
};

describe("recommendations in words", () => {
  it("say whose calls they are about, also calls without a name", () => {
    expect(scopesText([{}])).toBe("all calls");
    expect(scopesText([{ team: "research", project: "" }, { team: "engineering" }])).toBe("team research, no project; team engineering");
  });

  it("tell what is lost if they are wrong, from what the moved calls would have cost", () => {
    const wrong = priceOfBeingWrong({ break_even_failure_rate: 0.8, from: "a", evidence: { new_cost_usd: "29.53276745" } } as never);
    expect(wrong).toContain("$29.53 more than they did");
    expect(priceOfBeingWrong({ break_even_failure_rate: null } as never)).toBeUndefined();
  });

  it("tell who does what once they are applied", () => {
    expect(deedOf(route)[0]).toBe(
      "From the next call on the gateway sends calls of claude-opus-4-5 at anthropic to claude-haiku-4-5 at anthropic.",
    );
    expect(deedOf({ type: "by_hand", advice: "Look at them.", scopes: [] }).at(-1)).toBe("Look at them.");
  });

  it("lead to requests only where filters can name them", () => {
    expect(requestsOf({ action: route, scopes: [{ team: "research" }] })).toEqual({
      provider: "anthropic",
      model: "claude-opus-4-5",
      team: "research",
    });
    expect(requestsOf({ action: { type: "by_hand", advice: "", scopes: [] }, scopes: [{}] })).toBeUndefined();
  });

  it("stand apart by whether they are done together, in force already, or in the place of others", () => {
    const one = (id: string, state: string) => ({ id, state }) as never;
    const sorted = sortedOut([one("a", "active"), one("b", "applied"), one("c", "active")], ["a", "b"]);
    expect(Object.values(sorted).map((list) => list.map(({ id }: { id: string }) => id))).toEqual([["a"], ["b"], ["c"]]);
  });

  it("say why there are none, and what would change that", () => {
    expect(whyNothing({ requests: 0, unpriced: 0 })).toContain("no calls");
    expect(whyNothing({ requests: 9, unpriced: 9 })).toContain("known price");
    expect(whyNothing({ requests: 40, unpriced: 0 })).toContain("fewer than 50");
    expect(whyNothing({ requests: 4_000, unpriced: 0 })).toContain("replayed");
  });
});
