/** How the dashboard's pages are built, and served to those who work on them. */
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { bundledLicences } from "./bundled-licences.ts";

/** `tokenledger serve`, which answers what the pages ask. */
const SERVER = process.env.TOKENLEDGER_SERVER ?? "http://127.0.0.1:4180";

/** In every page's first load; changes when a dependency does, so that browsers keep it from one release to the next. */
const FIRST_LOADED_LIBRARIES = /[\\/]node_modules[\\/](?:react|react-dom|scheduler|react-router|cookie|set-cookie-parser|@tanstack)[\\/]/;

/** What most views are made of, and what those with charts are: one file each, where every view would ask for a dozen small ones. */
const PARTS = /[\\/]web[\\/]src[\\/](?:api|format|parts|question)[\\/]/;
const CHARTS = /[\\/]web[\\/]src[\\/]charts[\\/](?!network)|[\\/]node_modules[\\/]uplot[\\/]/;

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  // The pages' policy allows neither scripts nor styles within a page: everything is a file of its own.
  build: {
    target: "es2022",
    outDir: "../dist/server/dashboard/pages",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    // All of it is smaller than what asking for each view's own costs.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        comments: false,
        hashCharacters: "base36",
        codeSplitting: {
          groups: [
            { name: "libraries", test: FIRST_LOADED_LIBRARIES },
            { name: "parts", test: PARTS },
            { name: "charts", test: CHARTS },
          ],
        },
      },
    },
  },
  plugins: [react(), bundledLicences("licences.txt")],
  server: {
    host: "127.0.0.1",
    // The host stays the one that the browser asked: the server refuses changes that another site's page asks for.
    proxy: { "/api": { target: SERVER, changeOrigin: false } },
  },
});
