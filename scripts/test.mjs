// `npm test [suite…] [-- <arguments for mocha>]`: the set-up, then the suites in order. One that fails does not keep the
// others from running. The last line is the count; the exit code is 0 only when something ran and nothing failed.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { clearTimeout, setTimeout } from "node:timers";
import { checkSuite } from "./checkSuite.mjs";
import { mochaSuite } from "./mochaSuite.mjs";
import { testEnvironment } from "./pulumiCli.mjs";
import { projectDir, setup } from "./setup.mjs";
import { exitCode, summary } from "./testResults.mjs";

/**
 * Suites in their order. `timeout` is for one test, in ms; `jobs` is how many test files run at a time: one, unless said,
 * since most of these tests start many processes; `pulumi`: needs the Pulumi CLI.
 */
const SUITES = {
  check: {},
  unit: { timeout: 20_000, jobs: 2 },
  local: { timeout: 60_000 },
  engine: { timeout: 180_000, pulumi: true },
};
/** Any other folder under tests/ that has tests. */
const OTHER = { timeout: 180_000, pulumi: true };

/** Time for everything together. A test that hangs shall not keep a build machine for hours. */
const LIMIT_MINUTES = Number(process.env.BLUEGREEN_TEST_LIMIT_MINUTES ?? 28);

const given = process.argv.slice(2);
const firstOption = given.findIndex((arg) => arg.startsWith("-"));
const names = firstOption === -1 ? given : given.slice(0, firstOption);
const mochaArgs = (firstOption === -1 ? [] : given.slice(firstOption)).filter((arg) => arg !== "--");

const results = [];
const stop = new globalThis.AbortController();
const overdue = `the limit of ${LIMIT_MINUTES} minutes for all suites is over`;
const limit = setTimeout(() => stop.abort(overdue), LIMIT_MINUTES * 60_000);
let interruptedBy;

try {
  await setup({ pulumi: false });
  for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
    process.on(signal, () => {
      interruptedBy ??= code;
      stop.abort(`${signal} was received`);
    });
  }
  for (const suite of wantedSuites()) {
    if (stop.signal.aborted) console.log(`\n${suite}: not run, ${stop.signal.reason}`);
    else results.push(...(await runSuite(suite)));
  }
  const seen = results.some(({ error }) => error?.includes(stop.signal.reason));
  if (stop.signal.aborted && !seen) fail("all", "the run", stop.signal.reason);
} catch (error) {
  fail("all", "set-up", error.message);
  console.error(error.message);
}
clearTimeout(limit);
process.exitCode = interruptedBy ?? exitCode(results);
console.log(summary(results).join("\n"));

async function runSuite(suite) {
  const options = SUITES[suite] ?? OTHER;
  console.log(`\n${suite}`);
  try {
    const cli = options.pulumi ? await setup({ pulumi: true }) : undefined;
    const run = { env: testEnvironment(cli), abort: stop.signal, args: mochaArgs };
    return suite === "check" ? await checkSuite(run) : await mochaSuite(suite, options, run);
  } catch (error) {
    console.error(error.message);
    return [{ is: "failed", suite, title: "the suite itself", error: error.message }];
  }
}

/** The suites named, or all there are. */
function wantedSuites() {
  const folders = readdirSync(join(projectDir, "tests"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && hasTests(join(projectDir, "tests", entry.name)))
    .map(({ name }) => name)
    .sort();
  const known = Object.keys(SUITES).filter((name) => name === "check" || folders.includes(name));
  const all = [...known, ...folders.filter((name) => !known.includes(name))];
  for (const name of names.filter((name) => !all.includes(name))) {
    fail(name, "the suite itself", `there is no suite named ${name}; there are ${all.join(", ")}`);
  }
  return names.length === 0 ? all : all.filter((name) => names.includes(name));
}

function hasTests(folder) {
  return (
    existsSync(folder) && readdirSync(folder, { recursive: true }).some((file) => String(file).endsWith(".test.ts"))
  );
}

function fail(suite, title, error) {
  results.push({ is: "failed", suite, title, error });
}
