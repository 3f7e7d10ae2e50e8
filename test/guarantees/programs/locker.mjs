/**
 * A program that holds a book's write lock for so many milliseconds, and says so.
 *
 *     node locker.mjs BOOK 5000
 */
import { createRequire } from "node:module";

const [path, milliseconds] = process.argv.slice(2);
const require = createRequire(import.meta.url);
let Database;
try {
  Database = require("node:sqlite").DatabaseSync;
} catch {
  Database = require("better-sqlite3");
}
const database = new Database(path);
database.exec("PRAGMA busy_timeout = 10000");
database.exec("BEGIN IMMEDIATE");
console.log("locked");
setTimeout(() => {
  database.exec("COMMIT");
  database.close();
}, Number(milliseconds));
