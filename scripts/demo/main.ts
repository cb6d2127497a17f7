import { join } from "node:path";
import { describeMs } from "../../components/model/clock";
import { cloneDir } from "../scratch/pulumiCommand";
import { ScratchStack } from "../scratchStack";
import { acts } from "./acts";
import { DemoRun } from "./demoRun";
import { onInterrupt } from "./interrupt";
import { actsTable, resultsOf, switchesTable, writeResults, type ActResult, type DemoResults } from "./results";
import { plural, Screen } from "./screen";

/** `npm run demo`: the main job on this machine, through the real engine. Exit code 0 when every act went as expected. */

const RESULTS_FILE = join(cloneDir, ".bluegreen/demo.json");

const screen = new Screen();
const startedAt = Date.now();

async function main(): Promise<number> {
  screen.line(screen.paint("bold", "Blue-green releases on this machine, with the real `pulumi up`"));
  const creation = ScratchStack.create({
    config: {
      bake: { duration: "5s", interval: "500ms", failureLimit: 1, maxP95: "500ms" },
      verify: { consecutive: 20 },
    },
  });
  const interrupted = onInterrupt(async () => {
    screen.line("\ninterrupted: stopping everything (once more to end at once)");
    // The act under way fails now, because its processes are being stopped. Nobody needs to read that.
    screen.close();
    await (await creation).dispose();
    console.log("everything is stopped and removed");
  });
  const stack = await creation;
  const run = new DemoRun(stack, screen);
  screen.line(
    `project ${stack.dir} (removed at the end), public address ${stack.url}, preview address ${stack.previewUrl}`,
  );
  try {
    const results = await perform(run);
    return results.ok ? 0 : 1;
  } catch (error) {
    // Whatever failed did so because all is being stopped. The interrupt ends this process.
    if (interrupted()) await new Promise(() => undefined);
    throw error;
  } finally {
    if (!interrupted()) await stack.dispose();
  }
}

async function perform(run: DemoRun): Promise<DemoResults> {
  const done: ActResult[] = [];
  for (const [index, act] of acts.entries()) {
    screen.act(index + 1, acts.length, act.name, act.why);
    const before = run.counts();
    const begun = Date.now();
    const { actual, ok } = await act.perform(run);
    const ms = Date.now() - begun;
    const { requests, failed } = run.since(before);
    const counts = `${plural(requests, "request")}, ${failed} failed, ${describeMs(ms)}`;
    screen.outcome(ok, ok ? `${actual} (${counts})` : `expected: ${act.expected}\n     actual: ${actual} (${counts})`);
    done.push({ name: act.name, expected: act.expected, actual, ok, ms, requests, failed });
    // The acts that follow begin with what this one should have left behind.
    if (!ok) break;
  }
  const load = await run.stopLoad();
  const records = await run.stack.records();
  screen.line();
  screen.line("Cleaning up with `pulumi destroy`.");
  const destroyed = await run.stack.destroy();
  if (!destroyed.ok) screen.outcome(false, `pulumi destroy failed: ${destroyed.error ?? ""}`);
  const results = resultsOf(done, acts.length, load, records, Date.now() - startedAt);
  results.ok &&= destroyed.ok;
  writeResults(RESULTS_FILE, results);
  show(results, records);
  return results;
}

function show(results: DemoResults, records: Awaited<ReturnType<ScratchStack["records"]>>): void {
  const colour = process.stdout.isTTY && !process.env.NO_COLOR;
  screen.line();
  screen.line(actsTable(results.acts, colour));
  screen.line(switchesTable(records, colour));
  const { requests, failed, failures, switches, latencies } = results;
  const reasons = Object.entries(failures).map(([reason, count]) => `${reason}: ${count}`);
  screen.line(
    `${plural(requests, "request")}, ${failed} failed${reasons.length > 0 ? ` (${reasons.join(", ")})` : ""}; ` +
      `${switches} switches; median latency ${latencies.p50.toFixed(1)} ms; ${describeMs(results.ms)} in all. ` +
      "Figures: .bluegreen/demo.json",
  );
  screen.outcome(results.ok, results.ok ? "everything went as expected" : "not everything went as expected, see above");
}

main().then(
  (code) => {
    // What is left open (a client's idle connection, a timer) must not hold the terminal.
    process.exit(code);
  },
  (error: unknown) => {
    screen.hideStatus();
    console.error(error instanceof Error ? (error.stack ?? error.message) : error);
    process.exit(1);
  },
);
