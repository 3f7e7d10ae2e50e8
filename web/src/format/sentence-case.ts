/** `model` → `Model`: words of the documents as heads of tables and beginnings of sentences. */
export function sentenceCase(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
