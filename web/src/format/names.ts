/** A name as the book has it; what has none is said in words. */
export function nameText(name: string | null, dimension: string): string {
  return name ?? `without a ${dimension}`;
}
