/** Where the pages are that the tests' set-up has built. */
import { join } from "node:path";
import { root } from "../house/repository.ts";

export const BUILT_PAGES: string = join(root, "dist", "server", "dashboard", "pages");
