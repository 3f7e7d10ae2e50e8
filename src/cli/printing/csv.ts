/** CSV is written as the API writes it. */
export { type Cell, csvLine, csvTable } from "../../insights/index.ts";
