// Types, lint and format. Each counts as one test.
import { join } from "node:path";
import { capture } from "./capture.mjs";
import { projectDir } from "./setup.mjs";

const CHECKS = [
  ["types", "typescript/bin/tsc", "--noEmit"],
  ["lint", "eslint/bin/eslint.js", "--max-warnings", "0", "."],
  ["format", "prettier/bin/prettier.cjs", "--check", "."],
];

/**
 * @param {{ env: NodeJS.ProcessEnv, abort: AbortSignal }} run
 * @returns {Promise<import("./testResults.mjs").Result[]>}
 */
export async function checkSuite({ env, abort }) {
  const results = [];
  for (const [title, program, ...args] of CHECKS) {
    if (abort.aborted) break;
    const command = [join(projectDir, "node_modules", program), ...args];
    const { stdout, stderr, reason } = await capture(process.execPath, command, { cwd: projectDir, env, abort });
    console.log(`  ${reason === undefined ? "✔" : "✘"} ${title}`);
    const output = abort.aborted ? reason : `${stdout}${stderr}`.trim() || reason;
    if (reason !== undefined) console.log(output);
    results.push({
      suite: "check",
      title,
      ...(reason === undefined ? { is: "passed" } : { is: "failed", error: output }),
    });
  }
  return results;
}
