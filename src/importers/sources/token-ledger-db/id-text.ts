/** Ids as databases hold them: text, a number, or a UUID's sixteen bytes. */
export function idText(id: unknown): unknown {
  if (!(id instanceof Uint8Array)) return id === null || id === "" ? undefined : id;
  const hex = Array.from(id, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return id.length === 16 ? hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5") : hex;
}
