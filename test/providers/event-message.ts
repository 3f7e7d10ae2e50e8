/** A message of Amazon's event stream, its checksums left empty: the meter does not ask for them. */
export function eventMessage(headers: Readonly<Record<string, string>>, payload: unknown): Buffer {
  const headerBytes = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const bytes = Buffer.from(value);
      return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7, bytes.length >> 8, bytes.length & 255]), bytes]);
    }),
  );
  const payloadBytes = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + headerBytes.length + payloadBytes.length, 0);
  prelude.writeUInt32BE(headerBytes.length, 4);
  return Buffer.concat([prelude, headerBytes, payloadBytes, Buffer.alloc(4)]);
}
