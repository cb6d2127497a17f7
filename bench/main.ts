import { Command, InvalidArgumentError } from "commander";
import { join, relative, resolve } from "node:path";
import { onInterrupt } from "../scripts/demo/interrupt";
import { cloneDir } from "../scripts/scratch/pulumiCommand";
import { engineBenchmark } from "./engine/benchmark";
import { BENCHMARKS, type BenchmarkName, type Outcome } from "./figure";
import { disturbance, thisMachine, verdict, writeResults, type Results } from "./report/results";
import { benchmarkTable } from "./report/table";
import { writeReadme } from "./report/writeReadme";
import { routerBenchmark } from "./router/benchmark";
import { Scope } from "./scope";
import { stateBenchmark } from "./state";
import { switchBenchmark } from "./switch/benchmark";

/**
 * `npm run bench`: measures, prints a table for each benchmark and writes the results. A benchmark is no test: the exit
 * code is 0 when everything could be measured, whether or not the goals hold.
 */

const RESULTS_FILE = join(cloneDir, "bench/results.json");
/** For a run that is not the whole one, so that it never passes for it. */
const TRIAL_FILE = join(cloneDir, ".bluegreen/bench.json");

const RUNS: Record<BenchmarkName, { title: string; run: (scope: Scope, quick: boolean) => Promise<Outcome> }> = {
  switch: { title: "switch: the route moved back and forth under load", run: switchBenchmark },
  router: { title: "router: beside HAProxy with one thread", run: routerBenchmark },
  engine: { title: "engine: `pulumi up` of a switch beside one with nothing to do", run: engineBenchmark },
  state: { title: "state: size in the backend", run: stateBenchmark },
};

interface Options {
  only?: BenchmarkName[];
  quick?: boolean;
  out?: string;
  writeReadme?: true;
}

const command = new Command("npm run bench --")
  .description("Measures the program on this machine.")
  .option("--only <names>", `some of ${BENCHMARKS.join(",")}`, names)
  .option("--quick", "tiny numbers, for trying out")
  .option(
    "--out <file>",
    "where the results go (default: bench/results.json; .bluegreen/bench.json with --only or --quick)",
  )
  .option("--write-readme", "measure nothing: put the figures of bench/results.json into README.md")
  .action(async (options: Options) => {
    if (options.writeReadme) await writeReadme(join(cloneDir, "README.md"), RESULTS_FILE);
    else await measure(options);
  });

function names(text: string): BenchmarkName[] {
  const wanted = text.split(",").map((name) => name.trim());
  const strange = wanted.filter((name) => !BENCHMARKS.some((known) => known === name));
  if (strange.length > 0)
    throw new InvalidArgumentError(`there is no ${strange.join(", ")}; there are ${BENCHMARKS.join(", ")}.`);
  return BENCHMARKS.filter((name) => wanted.includes(name));
}

async function measure({ only = [...BENCHMARKS], quick = false, out }: Options): Promise<void> {
  const whole = !quick && only.length === BENCHMARKS.length;
  const file = out === undefined ? (whole ? RESULTS_FILE : TRIAL_FILE) : resolve(out);
  const begun = Date.now();
  const results: Results = {
    machine: thisMachine(),
    at: new Date(begun).toISOString(),
    seconds: 0,
    quick,
    figures: [],
    notes: {},
  };
  let scope = new Scope();
  const interrupted = onInterrupt(() => {
    console.error("interrupted: ending everything");
    return scope.dispose();
  });
  for (const name of only) {
    const { title, run } = RUNS[name];
    console.error(`${name}: measuring`);
    // One at a time, and each ends all of its own before the next: nothing measured may run beside something else.
    scope = new Scope();
    try {
      const outcome = await run(scope, quick);
      results.figures.push(...outcome.figures);
      results.notes[name] = outcome.notes;
      console.log(benchmarkTable(title, outcome, process.stdout.isTTY && !process.env.NO_COLOR));
    } catch (error) {
      // Whatever failed did so because everything is being ended. The interrupt ends this process.
      if (interrupted()) await new Promise(() => undefined);
      throw new Error(`${name} could not be measured: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    } finally {
      await scope.dispose();
    }
  }
  const busy = disturbance(results.machine);
  if (busy !== undefined) console.log(`\n${busy}`);
  results.seconds = Math.round((Date.now() - begun) / 1000);
  await writeResults(file, results);
  console.log(`\n${verdict(results.figures)}; ${results.seconds} s in all. Results: ${relative(cloneDir, file)}`);
}

command.parseAsync().then(
  // What is left open (a client's idle connection, a timer) must not hold the terminal.
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
