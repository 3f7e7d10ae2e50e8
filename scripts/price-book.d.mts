/** Path → text of every generated file. */
export function generatePriceBook(pricesFolder: string, spelling: { cleanModelId(model: string): string }): Record<string, string>;
