/**
 * A provider that does not know the gateway, or sends it elsewhere, is the gateway's trouble: its clients' keys are right, their budgets not
 * exhausted, and a message about somebody's key may show some of it.
 */
export function isOwnTrouble(status: number): boolean {
  return status === 401 || status === 402 || status === 403 || status === 407 || (status >= 300 && status < 400);
}
