// Runs one suite of tests with mocha in a process of its own.
import { join } from "node:path";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { clearInterval, setInterval } from "node:timers";
import { tmpdir } from "node:os";
import { capture } from "./capture.mjs";
import { projectDir } from "./setup.mjs";
import { readResults } from "./testResults.mjs";

/** How long a suite may take to end after its last test. One that does not has left something open. */
const LINGER_MS = 30_000;

/**
 * @param {string} suite the name of a folder under tests/
 * @param {{ timeout: number, jobs?: number }} options `timeout` for one test in ms; `jobs` test files at a time, one by default
 * @param {{ env: NodeJS.ProcessEnv, abort: AbortSignal, args: string[] }} run `args` go to mocha
 * @returns {Promise<import("./testResults.mjs").Result[]>} a suite that crashed has one failed result more
 */
export async function mochaSuite(suite, { timeout, jobs }, { env, abort, args }) {
  const folder = mkdtempSync(join(tmpdir(), "bluegreen-tests-"));
  const file = join(folder, "results");
  const read = () => readResults(existsSync(file) ? readFileSync(file, "utf8") : "", suite);

  const stop = new globalThis.AbortController();
  const pass = () => stop.abort(abort.reason);
  abort.addEventListener("abort", pass);
  let endSeen;
  const watch = setInterval(() => {
    if (read().ended) endSeen ??= Date.now();
    if (endSeen !== undefined && Date.now() - endSeen > LINGER_MS) {
      stop.abort(`its tests are over for ${LINGER_MS / 1000} s and something it left open keeps it from ending`);
    }
  }, 1_000);

  try {
    const mocha = join(projectDir, "node_modules", "mocha", "bin", "mocha.js");
    const options = ["--reporter", join(projectDir, "scripts", "reporter.cjs"), "--timeout", String(timeout)];
    if (jobs !== undefined) options.push("--parallel", "--jobs", String(jobs));
    const { code, reason } = await capture(
      process.execPath,
      [mocha, ...options, ...args, `tests/${suite}/**/*.test.ts`],
      { cwd: projectDir, live: true, abort: stop.signal, env: { ...env, BLUEGREEN_TEST_RESULTS: file } },
    );
    const { results, ended } = read();
    const toldFailures = results.some(({ is }) => is === "failed");
    const crashed = stop.signal.aborted || !ended || (code !== 0 && !toldFailures);
    if (crashed)
      results.push({ is: "failed", suite, title: "the suite itself", error: reason ?? "ended before its last test" });
    return results;
  } finally {
    clearInterval(watch);
    abort.removeEventListener("abort", pass);
    rmSync(folder, { recursive: true, force: true });
  }
}
