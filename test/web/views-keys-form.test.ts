import { describe, expect, test } from "vitest";
import { fieldOf, keyBody } from "../../web/src/views/keys/key-form.ts";

describe("the form for a new key", () => {
  test("what is empty is not asked for; numbers go as numbers and models as a list", () => {
    expect(
      keyBody({
        name: " ci ",
        role: "viewer",
        team: "",
        models: "gpt-5*, claude-*  o3",
        requests_per_minute: "60",
        expires_at: "2099-01-01",
      }),
    ).toEqual({ name: "ci", role: "viewer", models: ["gpt-5*", "claude-*", "o3"], requests_per_minute: 60, expires_at: "2099-01-01" });
  });

  test("what is no whole number goes as it was typed: the server says what is wrong with it", () => {
    expect(keyBody({ name: "ci", tokens_per_minute: "1e3", max_choices: "-1" })).toEqual({
      name: "ci",
      tokens_per_minute: "1e3",
      max_choices: "-1",
    });
  });

  test.each([
    ["models[2]", "models"],
    ["expires_at", "expires_at"],
    ["team", "team"],
    ["grace_seconds", undefined],
    [undefined, undefined],
  ])("what is said of %s stands beside %s", (told, field) => expect(fieldOf(told)).toBe(field));
});
