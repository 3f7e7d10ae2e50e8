/** Undoes the compression of replies that were asked for without. */
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

export interface Decoder {
  write(chunk: Buffer): void;
  end(): void;
  /** What has come stays compressed: a few bytes may unfold to more than memory holds. */
  pause(): void;
  resume(): void;
  destroy(): void;
}

const DECODERS = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
} as const;

/** Undefined for an encoding that is none, or not known: then the bytes pass as they are. */
export function decoderFor(
  encoding: string | undefined,
  receiver: { chunk(chunk: Buffer): void; end(): void; broken(): void },
): Decoder | undefined {
  const name = encoding?.trim().toLowerCase();
  if (name === undefined || !Object.hasOwn(DECODERS, name)) return undefined;
  const stream = DECODERS[name as keyof typeof DECODERS]();
  stream.on("data", (chunk: Buffer) => receiver.chunk(chunk));
  stream.once("end", () => receiver.end());
  stream.once("error", () => receiver.broken());
  return {
    write: (chunk) => void stream.write(chunk),
    end: () => void stream.end(),
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    destroy: () => void stream.destroy(),
  };
}
