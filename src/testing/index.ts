/**
 * For the tests of programs that use TokenLedger; loads without a test runner.
 * @module
 */
export { FakeClock } from "./fake-clock.ts";
