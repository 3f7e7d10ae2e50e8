/** Runs the Python programs that stand beside our own: TOKENLEDGER_PYTHON, or the first python3 that has their modules. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/**
 * @param {string} program a file of this folder
 * @param {string[]} modules what it imports from outside the standard library
 * @returns {((args: string[], input?: string) => string) | undefined} what gives its output; nothing where no Python has the modules
 */
export function findPeer(program, modules) {
  const candidates = [process.env.TOKENLEDGER_PYTHON, "python3", "/usr/bin/python3"].filter(Boolean);
  const python = candidates.find((name) => spawnSync(name, ["-c", `import ${modules.join(", ")}`]).status === 0);
  if (python === undefined) return undefined;
  const path = fileURLToPath(new URL(program, import.meta.url));
  return (args, input = "") => {
    const { status, stdout, stderr } = spawnSync(python, [path, ...args], { encoding: "utf8", input, maxBuffer: 1e9 });
    if (status !== 0) throw new Error(`The peer failed: ${stderr}`);
    return stdout.trim();
  };
}
