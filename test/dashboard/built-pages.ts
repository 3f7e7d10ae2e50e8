/** Where the pages are that the tests' set-up has built; TOKENLEDGER_PAGES names another build of them to test instead. */
import { join } from "node:path";
import { root } from "../house/repository.ts";

export const BUILT_PAGES: string = process.env.TOKENLEDGER_PAGES ?? join(root, "dist", "server", "dashboard", "pages");
