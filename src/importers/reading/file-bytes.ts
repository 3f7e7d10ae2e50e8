/** The bytes of an export, unpacked where they are compressed, a chunk at a time. */
import { InvalidInput } from "../../errors.ts";
import { openByteSource } from "./byte-source.ts";

const CHUNK_BYTES = 1 << 20;

/** One chunk of a file's text. */
export interface FileChunk {
  bytes: Buffer;
  /** Whether the bytes came out of a compressed file: offsets then mean nothing in the file itself. */
  unpacked: boolean;
  /** How many bytes of byte-order mark were dropped before this chunk. */
  markBytes: number;
}

/**
 * The chunks of a file from `offset`, at least one, each in a buffer of its own. What the file is shows in its first bytes,
 * not in its name.
 *
 * @throws InvalidInput for archives and encodings that are not read, and for damaged compression.
 */
export function* fileChunks(path: string, offset: number): Generator<FileChunk> {
  const source = openByteSource(path, offset);
  try {
    for (let isFirst = true; ; isFirst = false) {
      const bytes = filledChunk((target, start) => source.read(target, start));
      if (bytes.length === 0 && !isFirst) return;
      if (isFirst) refuseForeignForms(bytes);
      const markBytes = isFirst && startsWith(bytes, 0xef, 0xbb, 0xbf) ? 3 : 0;
      yield { bytes: bytes.subarray(markBytes), unpacked: source.packed, markBytes };
    }
  } finally {
    source.close();
  }
}

/** A full chunk, or less at the end of the file. */
function filledChunk(read: (target: Buffer, start: number) => number): Buffer {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let length = 0;
  for (let got = 1; got > 0 && length < chunk.length; length += got) got = readOrRefuse(read, chunk, length);
  return chunk.subarray(0, length);
}

function readOrRefuse(read: (target: Buffer, start: number) => number, chunk: Buffer, start: number): number {
  try {
    return read(chunk, start);
  } catch (error) {
    throw new InvalidInput((error as Error).message, { cause: error });
  }
}

function refuseForeignForms(head: Buffer): void {
  if (startsWith(head, 0x50, 0x4b, 0x03, 0x04) || startsWith(head, 0x50, 0x4b, 0x05, 0x06)) {
    throw new InvalidInput("is a zip archive; unpack it and import the files inside (gzip, .gz, is read as it is)");
  }
  if (startsWith(head, 0xff, 0xfe) || startsWith(head, 0xfe, 0xff)) {
    throw new InvalidInput("is text in UTF-16; save it as UTF-8");
  }
}

function startsWith(bytes: Buffer, ...prefix: number[]): boolean {
  return prefix.every((byte, index) => bytes[index] === byte);
}
