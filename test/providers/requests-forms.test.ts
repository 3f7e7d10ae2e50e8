import { describe, expect, test } from "vitest";
import { read, refusal } from "./sample-requests.ts";

describe("forms", () => {
  const boundary = "----abc";
  const form = (...parts: [disposition: string, content: string][]): string =>
    `${parts.map(([disposition, content]) => `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`).join("")}--${boundary}--\r\n`;
  const contentType = `multipart/form-data; boundary=${boundary}`;
  const file: [string, string] = ['name="file"; filename="a.mp3"', "x".repeat(5_000)];

  test("a transcription is read by its model and the size of its file", () => {
    const reading = read("transcription", form(file, ['name="model"', "gpt-4o-transcribe"], ['name="stream"', "true"]), { contentType });
    expect(reading).toMatchObject({ model: "gpt-4o-transcribe", isStream: true, output: { bound: 2_000 }, unbounded: [] });
    expect(reading.input.bound).toBeGreaterThan(5_000);
    expect(reading.dearKinds.audioInput).toBe(true);
    const packed = read("transcription", form(['name="file"; filename="a.flac"', "x"], ['name="model"', "whisper-1"]), { contentType });
    expect(packed.unbounded).toEqual(["sound whose length its bytes do not tell"]);
  });

  test("security S11: a form that can't be read, or asks for what is not the caller's, is refused", () => {
    const refused = (body: string, type = contentType): string => refusal("transcription", body, { contentType: type });
    expect(refused(form(file))).toMatch(/^model is missing/);
    expect(refused(form(file, ['name="model"', "a"], ['name="model"', "b"]))).toMatch(/model stands twice/);
    expect(refused(form(file, ['name="model"', "a"], ['name="api_base"', "http://x"]))).toMatch(/api_base is not for callers/);
    expect(refused(form(file, ['name="model"', "../a"]))).toMatch(/not a model's id/);
    expect(refused("nonsense")).toMatch(/can't be read/);
    expect(refused(form(file).slice(0, 200))).toMatch(/can't be read/);
    expect(refused(form(...Array<[string, string]>(101).fill(file)))).toMatch(/more than 100 parts/);
    expect(refused(form(file), `multipart/form-data; boundary=${"b".repeat(71)}`)).toMatch(/at most 70 characters/);
    expect(refused(form(file), "application/json")).toMatch(/multipart\/form-data/);
  });
});
