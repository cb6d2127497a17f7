import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { all, other, type Slot } from "../../components/model/words";
import type { SwitchTimes } from "../../components/platforms/local/router/traffic";
import { routerClient, startRouter, stopRouter } from "../../components/platforms/local/router/start";
import type { ApplicationSettings } from "../application";
import { figure, type Goal, type Outcome } from "../figure";
import { message } from "../message";
import { quantile } from "../quantile";
import type { Scope } from "../scope";
import type { LoadOutcome, LoadSettings, SeenQuestion } from "./loadProcess";
import { machineClock, switchesSeen, type Write } from "./switchTimes";

const FULL = { switches: 50, ratePerSecond: 1200, warmAnswers: 2400, gapMs: 200 };
const QUICK = { switches: 4, ratePerSecond: 1200, warmAnswers: 1200, gapMs: 200 };
const CONNECTIONS = 64;
/** An application that answers at once takes a few ms. */
const CONGESTED_MS = 50;
const SEEN_MS = 30_000;
const LONGEST_LOAD_MS = 120_000;
/** Odd and not a multiple of the load's tick, so that the writes fall everywhere between two requests. */
const JITTER_MS = 37;

const WITHIN: Goal = { of: "value", limit: 100, direction: "at most" };
const NONE: Goal = { of: "value", limit: 0, direction: "exactly" };
const UNDER_LOAD: Goal = { of: "value", limit: 1000, direction: "at least" };

/** Switches back and forth under an open-loop load, as its clients see it and as the router itself counts it. */
export async function switchBenchmark(scope: Scope, quick: boolean): Promise<Outcome> {
  const plan = quick ? QUICK : FULL;
  const applications = { blue: application(scope, "blue"), green: application(scope, "green") };
  const upstream = async (slot: Slot) => ({
    release: slot,
    instances: [{ host: "127.0.0.1", port: await message<number>(applications[slot], `the application in ${slot}`) }],
  });
  const [blue, green] = await Promise.all([upstream("blue"), upstream("green")]);
  const dir = join(scope.folder(), "router");
  const settings = { service: "bench", port: 0 };
  const { ports } = await scope.own(
    () => startRouter(dir, settings, { weights: all("blue"), slots: { blue, green } }),
    () => stopRouter(dir, 0),
  );
  const router = routerClient(dir);
  const load = scope.fork("switch/loadProcess.ts", {
    url: `http://127.0.0.1:${ports.public ?? 0}`,
    ratePerSecond: plan.ratePerSecond,
    connections: CONNECTIONS,
    maxMs: LONGEST_LOAD_MS,
  } satisfies LoadSettings);
  const seenBy = (question: SeenQuestion): Promise<unknown> => {
    load.send(question);
    return message(load, `an answer of ${question.slot} to the load`, SEEN_MS);
  };
  await seenBy({ slot: "blue", after: 0, count: plan.warmAnswers });

  const writes: Write[] = [];
  let { revision } = await router.route();
  let serves: Slot = "blue";
  for (let i = 0; i < plan.switches; i++) {
    serves = other(serves);
    const begunAt = machineClock();
    ({ revision } = await router.writeRoute({ expectedRevision: revision, weights: all(serves) }));
    const acknowledgedAt = machineClock();
    writes.push({ to: serves, begunAt, acknowledgedAt });
    await seenBy({ slot: serves, after: acknowledgedAt, count: 1 });
    // On top of that, so that the old slot's last answers come before the next write even on a busy machine.
    await sleep(plan.gapMs + ((i * JITTER_MS) % 100));
  }
  load.send("stop");
  const { report, answers } = await message<LoadOutcome>(load, "the load's end", LONGEST_LOAD_MS);
  const { switches } = await router.traffic();

  const seen = switchesSeen(answers, writes);
  const unseen = seen.findIndex(({ firstNewMs }) => firstNewMs === undefined);
  if (unseen !== -1) throw new Error(`no answer of ${writes[unseen]?.to ?? ""} followed switch ${unseen + 1}`);
  // The slot of an answer is what the router stamped on it, so the applications' own counts must say the same.
  if (report.failed === 0) {
    for (const slot of ["blue", "green"] as const) {
      applications[slot].send("count");
      const own = await message<number>(applications[slot], `the count of ${slot}`);
      if (own !== report.bySlot[slot])
        throw new Error(`${report.bySlot[slot] ?? 0} answers name ${slot}, and its application gave ${own}`);
    }
  }

  const achieved = (report.answered / report.durationMs) * 1000;
  return {
    figures: [
      ...times("client: write to first new answer", seen.map(({ firstNewMs = NaN }) => firstNewMs)), // prettier-ignore
      ...times("client: write to last old answer", seen.map(({ lastOldMs }) => lastOldMs)), // prettier-ignore
      ...times("router: in force to first new answer", switches.map(firstNewOf)),
      ...times("router: in force to last old answer", switches.map(lastOldOf)),
      figure("switch", { name: "failed requests", value: report.failed, goal: NONE }),
      figure("switch", {
        name: "stale answers: asked after the write, answered by the old slot",
        value: seen.reduce((sum, { stale }) => sum + stale, 0),
        goal: NONE,
      }),
      figure("switch", { name: "load", value: achieved, unit: "requests/s", goal: UNDER_LOAD }),
    ],
    notes: [
      `${writes.length} switches, ${report.sent.toLocaleString("en-US")} requests at an even rate over ${CONNECTIONS} kept-alive ` +
        `connections, each slot one Node.js application; router with its access log, as it comes.`,
      "client: from before the control call, its save to disk included, as the load's process saw the answers end. " +
        "router: from the moment the new weights are in force.",
      `latency of all requests: p50 ${report.latencies.p50.toFixed(1)} ms, p99 ${report.latencies.p99.toFixed(1)} ms, ` +
        `most ${report.latencies.max.toFixed(1)} ms.`,
      ...(report.latencies.p50 > CONGESTED_MS
        ? ["most requests waited for a connection: the machine is too busy for this load, and the times are of that."]
        : []),
      ...(report.skipped > 0
        ? [`${report.skipped} requests were due and not sent: the load's process stood still.`]
        : []),
      ...Object.entries(report.failures).map(([reason, count]) => `failed: ${count} times ${reason}.`),
    ],
  };
}

function application(scope: Scope, slot: Slot) {
  return scope.fork("application.ts", { body: `ok from ${slot}\n` } satisfies ApplicationSettings);
}

function times(name: string, ms: number[]) {
  return [
    figure("switch", { name: `${name}, p50`, value: quantile(ms, 0.5), unit: "ms" }),
    figure("switch", { name: `${name}, p99`, value: quantile(ms, 0.99), unit: "ms", goal: WITHIN }),
  ];
}

function firstNewOf({ to, at, firstNewAnswerAt }: SwitchTimes): number {
  if (firstNewAnswerAt === null) throw new Error(`the router saw no answer of ${to} after a switch to it`);
  return firstNewAnswerAt - at;
}

/** The last one may have ended before the weights were in force. */
const lastOldOf = ({ at, lastOldAnswerAt }: SwitchTimes) => Math.max(0, (lastOldAnswerAt ?? at) - at);
