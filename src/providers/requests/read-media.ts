/** Requests for embeddings, pictures, speech and transcripts in OpenAI's formats. */
import { InvalidInput, quoteValue } from "../../errors.ts";
import { FORMAT_OF, type Operation } from "../operation.ts";
import type { RequestReading } from "../request.ts";
import { optionalText, trueOrFalse, wholeNumber } from "./fields.ts";
import { type Form, type FormPart, readForm } from "./form-data.ts";
import { InputWeight } from "./input-weight.ts";
import { isSteadyAudio } from "./media.ts";
import { checkModel } from "./model-name.ts";
import { modelTraits } from "./model-traits.ts";
import { modelOf, readingOf } from "./reading-of.ts";
import type { RequestFrame } from "./request-frame.ts";

/** The largest picture at the finest quality, and what is sent of it before it is ready. */
const PICTURE_TOKENS = 16_384;

export function readEmbeddings(frame: RequestFrame): RequestReading {
  const { document, fields, weight } = frame;
  const model = modelOf(frame);
  const input = fields.get("input");
  if (input === undefined || document.isNull(input)) throw new InvalidInput("input is missing; give a text or a list of texts.");
  for (const item of document.items(input)) {
    if (document.isString(item) || document.isArray(item)) weight.item();
    // Compatible providers embed pictures too.
    else if (document.isObject(item)) weight.unbounded("what is no text");
  }
  return readingOf(frame, { model, outputBound: 0 });
}

export function readImages(frame: RequestFrame): RequestReading {
  const { document, fields, weight } = frame;
  const model = modelOf(frame);
  for (const name of ["image", "images", "mask"]) {
    const node = fields.get(name);
    if (node === undefined) continue;
    for (const image of document.isArray(node) ? document.items(node) : [node]) weight.image(document.byteLength(image));
  }
  const choices = wholeNumber(document, "n", fields.get("n")) ?? 1;
  return readingOf(frame, {
    model,
    isStream: trueOrFalse(document, "stream", fields.get("stream")),
    choices,
    outputBound: choices * PICTURE_TOKENS,
  });
}

export function readSpeech(frame: RequestFrame): RequestReading {
  const { document, fields } = frame;
  const model = modelOf(frame);
  if (optionalText(document, "input", fields.get("input")) === undefined)
    throw new InvalidInput("input is missing; give the text to speak.");
  return readingOf(frame, {
    model,
    isStream: optionalText(document, "stream_format", fields.get("stream_format")) === "sse",
    outputBound: modelTraits(model).outputTokens,
    audioOutput: true,
  });
}

/** A form with files: sound to write down, pictures to change. */
export function readFormRequest(operation: Operation, body: Buffer, contentType: string): RequestReading {
  const form = readForm(body, contentType);
  const modelPart = form.part("model");
  const named = form.value("model");
  if (named === undefined) throw new InvalidInput("model is missing; give the model's id.");
  const model = checkModel("model", named);
  const weight = new InputWeight();
  for (const part of form.parts) weighPart(weight, part);
  const choices = countOf(form, "n") ?? 1;
  const outputBound = operation === "images" ? choices * PICTURE_TOKENS : modelTraits(model).outputTokens;
  return {
    operation,
    format: FORMAT_OF[operation],
    model,
    otherModels: [],
    isStream: isTrue(form, "stream"),
    asksForUsage: true,
    isBackground: false,
    choices,
    input: weight.estimate(body.length, model),
    output: { bound: outputBound, likely: Math.min(outputBound, 1_000 * choices) },
    webSearches: 0,
    unbounded: weight.unboundedParts,
    reasonsUnseen: false,
    dearKinds: { audioInput: weight.hasAudio, audioOutput: false, reasoning: false },
    places: {
      encoding: "form",
      model: modelPart ? [{ start: modelPart.start, end: modelPart.end, before: "", after: "" }] : [],
      outputLimit: [],
      includeUsage: [],
    },
  };
}

function weighPart(weight: InputWeight, { name, fileName, start, end }: FormPart): void {
  weight.item();
  if (fileName === undefined) return;
  if (/^(?:image|mask)/.test(name)) weight.image(end - start);
  else if (isSteadyAudio(fileName.slice(fileName.lastIndexOf(".") + 1))) weight.audio(end - start);
  else {
    weight.hasAudio = true;
    weight.unbounded("sound whose length its bytes do not tell", end - start);
  }
}

function countOf(form: Form, name: string): number | undefined {
  const text = form.value(name);
  if (text === undefined) return undefined;
  const count = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new InvalidInput(`${name}: ${quoteValue(text)} is not accepted; give a whole number from 1.`);
}

function isTrue(form: Form, name: string): boolean {
  const text = form.value(name);
  if (text === undefined || text === "" || text === "false") return false;
  if (text === "true") return true;
  throw new InvalidInput(`${name}: ${quoteValue(text)} is not accepted; give true or false.`);
}
