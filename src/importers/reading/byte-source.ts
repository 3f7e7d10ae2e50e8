/** The bytes of a log, one buffer after the other: from the disk as they are, or unpacked where the file is gzip or Zstandard. */
import { closeSync, openSync, readSync } from "node:fs";
import { Gunzip } from "fflate";
import { Decompress } from "fzstd";

const PACKED_CHUNK_BYTES = 64 << 10;
/** Logs unfold to ten or twenty times their size. What unfolds to far more was made to fill memory or time, and small files do no harm. */
const LARGEST_RATIO = 100;
const HARMLESS_BYTES = 64 << 20;

export interface ByteSource {
  /** Fills `target` from `start`; 0 means the end. */
  read(target: Buffer, start: number): number;
  /** Whether offsets mean nothing in the file itself. */
  readonly packed: boolean;
  close(): void;
}

/** Opens a file at `offset`. That it is compressed shows in its first bytes, not in its name; a compressed file is read from its beginning. */
export function openByteSource(path: string, offset: number): ByteSource {
  const descriptor = openSync(path, "r");
  try {
    const unpack = offset === 0 && /\.(?:gz|zst|zstd)$/i.test(path) ? unpackerOf(descriptor) : undefined;
    return unpack === undefined ? new PlainSource(descriptor, offset) : new PackedSource(descriptor, unpack);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

class PlainSource implements ByteSource {
  readonly packed = false;
  readonly #descriptor: number;
  #position: number;

  constructor(descriptor: number, offset: number) {
    this.#descriptor = descriptor;
    this.#position = offset;
  }

  read(target: Buffer, start: number): number {
    const read = readSync(this.#descriptor, target, start, target.length - start, this.#position);
    this.#position += read;
    return read;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

type Unpacker = (emit: (bytes: Uint8Array) => void) => (packed: Uint8Array, last: boolean) => void;

/** The unpacker itself takes a cut file for a short one; gzip ends with how long its content was. */
const gzip: Unpacker = (emit) => {
  let unpackedBytes = 0;
  let trailer: Uint8Array = new Uint8Array(0);
  const stream = new Gunzip((bytes) => {
    unpackedBytes += bytes.length;
    emit(bytes);
  });
  // Several streams may stand one after the other, each with its own trailer.
  stream.onmember = () => {
    unpackedBytes = 0;
  };
  return (packed, last) => {
    trailer = Buffer.concat([trailer, packed]).subarray(-4);
    stream.push(packed, last);
    if (last && Buffer.from(trailer).readUInt32LE(0) !== unpackedBytes % 2 ** 32) throw new TypeError("it ends too early");
  };
};

const zstandard: Unpacker = (emit) => {
  const stream = new Decompress(emit);
  return (packed, last) => stream.push(packed, last);
};

function unpackerOf(descriptor: number): Unpacker | undefined {
  const magic = Buffer.alloc(4);
  readSync(descriptor, magic, 0, 4, 0);
  if (magic.readUInt16BE(0) === 0x1f8b) return gzip;
  if (magic.readUInt32LE(0) === 0xfd2fb528) return zstandard;
  return undefined;
}

class PackedSource implements ByteSource {
  readonly packed = true;
  readonly #descriptor: number;
  readonly #push: (packed: Uint8Array, last: boolean) => void;
  readonly #unpacked: Uint8Array[] = [];
  #position = 0;
  #unpackedBytes = 0;
  #ended = false;

  constructor(descriptor: number, unpacker: Unpacker) {
    this.#descriptor = descriptor;
    this.#push = unpacker((bytes) => {
      this.#unpackedBytes += bytes.length;
      if (bytes.length > 0) this.#unpacked.push(bytes);
    });
  }

  read(target: Buffer, start: number): number {
    while (this.#unpacked.length === 0 && !this.#ended) this.#unpackMore();
    const bytes = this.#unpacked[0];
    if (bytes === undefined) return 0;
    const length = Math.min(bytes.length, target.length - start);
    target.set(bytes.subarray(0, length), start);
    if (length === bytes.length) this.#unpacked.shift();
    else this.#unpacked[0] = bytes.subarray(length);
    return length;
  }

  #unpackMore(): void {
    // A fresh buffer each time: the unpackers keep views of what they were given.
    const packed = Buffer.alloc(PACKED_CHUNK_BYTES);
    const read = readSync(this.#descriptor, packed, 0, packed.length, this.#position);
    this.#position += read;
    this.#ended = read === 0;
    try {
      this.#push(packed.subarray(0, read), this.#ended);
    } catch (error) {
      throw new TypeError(`the compressed data is damaged: ${(error as Error).message}`);
    }
    if (this.#unpackedBytes > HARMLESS_BYTES && this.#unpackedBytes > LARGEST_RATIO * this.#position)
      throw new TypeError(`the file unfolds to more than ${LARGEST_RATIO} times its size, as no log does; unpack it yourself to import it`);
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
