import pidusage from "pidusage";
import type { RouterClient } from "../../components/platforms/local/router/client";
import type { ApplicationSettings } from "../application";
import { figure, type Figure, type Goal, type Outcome } from "../figure";
import { message } from "../message";
import type { Scope } from "../scope";
import { loadDriver } from "./driver";
import { haproxyApplications, haproxyVersion } from "./haproxy";
import { withConnections } from "./heldConnections";
import { installed } from "./installed";
import { startProxies, type Proxies } from "./proxies";
import { medianOf, playRounds, ratioOf, type Contestant, type Plan } from "./rounds";
import type { Throughput } from "./wrk";

const FULL: Plan = { connections: 64, rounds: 5, seconds: 3, warmSeconds: 2 };
const QUICK: Plan = { connections: 64, rounds: 1, seconds: 1, warmSeconds: 1 };
const MANY_CONNECTIONS = 500;
const BODY = "x".repeat(100);
const MIB = 1024 * 1024;

const THROUGHPUT: Goal = { of: "ratio", limit: 0.6, direction: "at least" };
const LATENCY: Goal = { of: "ratio", limit: 2, direction: "at most" };
const NONE: Goal = { of: "value", limit: 0, direction: "exactly" };
const MISSING = "HAProxy is not installed";

/**
 * The router's throughput and latency beside HAProxy's with one thread: same applications, same load, in turns. Once with
 * applications as people have them, which take their share of the machine, and once with some that cost almost nothing,
 * so that only the proxies are compared.
 */
export async function routerBenchmark(scope: Scope, quick: boolean): Promise<Outcome> {
  const plan = quick ? QUICK : FULL;
  const program = installed("haproxy");
  const peerName = program === undefined ? undefined : `HAProxy ${await haproxyVersion(scope, program)}, 1 thread`;
  const driver = loadDriver(scope);

  const proxies = await startProxies(scope, await nodeApplications(scope), program);
  const { client } = proxies.router;
  const logging: Contestant = { ...contestant(proxies.router.url), prepare: () => log(client, true) };
  const [router, peer] = contestants(proxies);
  await playRounds([router, ...(peer === undefined ? [] : [peer]), logging], driver, plan);
  const memory = await withConnections(proxies.router.url, MANY_CONNECTIONS, () => memoryOf(client));
  const peerMemory = proxies.haproxy && (await peerMemoryOf(proxies.haproxy));

  const figures = [
    ...compare("", router.rounds, peer?.rounds, peerName),
    figure("router", { name: "throughput with its access log", unit: "requests/s", value: medianOf(logging.rounds, "perSecond") }), // prettier-ignore
    figure("router", {
      name: `memory with ${MANY_CONNECTIONS} open connections`,
      unit: "MiB",
      value: memory / MIB,
      ...(peerMemory === undefined || peerName === undefined
        ? {}
        : { peer: { name: peerName, value: peerMemory / MIB } }),
    }),
  ];
  const notes = [
    `load: ${driver.name}, ${plan.connections} connections, one request always under way on each; answers of ${BODY.length} bytes.`,
    `each proxy has ${plan.rounds} rounds of ${plan.seconds} s, in turns; medians, and the median of the rounds' ratios.`,
    "applications: two Node.js processes; load, proxy and applications share the cores.",
    "no access log, except where it says so; both add X-Forwarded-For.",
  ];
  if (program === undefined) notes.push(`the comparison was skipped: ${MISSING}.`);
  else {
    const bare = await startProxies(scope, await haproxyApplications(scope, program, BODY, 2), program);
    const [barely, peerBarely] = contestants(bare);
    await playRounds([barely, ...(peerBarely === undefined ? [] : [peerBarely])], driver, plan);
    figures.push(...compare("proxy alone: ", barely.rounds, peerBarely?.rounds, peerName));
    notes.push(
      "proxy alone: a further HAProxy process is the applications, and leaves nearly all of the cores to the proxy.",
    );
  }
  return { figures, notes };
}

function compare(
  prefix: string,
  own: Throughput[],
  peer: Throughput[] | undefined,
  peerName: string | undefined,
): Figure[] {
  const one = (name: string, unit: string, key: keyof Throughput, goal: Goal): Figure =>
    figure("router", {
      name: `${prefix}${name}`,
      unit,
      goal,
      value: medianOf(own, key),
      ...(peer === undefined || peerName === undefined
        ? { skipped: MISSING }
        : { ratio: ratioOf(own, peer, key), peer: { name: peerName, value: medianOf(peer, key) } }),
    });
  return [
    one("throughput", "requests/s", "perSecond", THROUGHPUT),
    one("latency, p50", "ms", "p50", LATENCY),
    one("latency, p99", "ms", "p99", LATENCY),
    figure("router", {
      name: `${prefix}failed requests`,
      value: own.reduce((sum, { failed }) => sum + failed, 0),
      goal: NONE,
    }),
  ];
}

const contestant = (url: string): Contestant => ({ url, rounds: [] });

function contestants({ router, haproxy }: Proxies): [Contestant, Contestant | undefined] {
  return [{ ...contestant(router.url), prepare: () => log(router.client, false) }, haproxy && contestant(haproxy.url)];
}

const log = (client: RouterClient, on: boolean) => client.setSettings({ accessLog: on });

async function nodeApplications(scope: Scope): Promise<number[]> {
  const children = [1, 2].map(() => scope.fork("application.ts", { body: BODY } satisfies ApplicationSettings));
  return Promise.all(children.map((child) => message<number>(child, "an application")));
}

/** Bytes in use while all connections are open. @throws when they are not */
async function memoryOf(client: RouterClient): Promise<number> {
  const { sockets, rss } = await client.traffic();
  if (sockets < MANY_CONNECTIONS) throw new Error(`only ${sockets} of ${MANY_CONNECTIONS} connections are open`);
  return rss;
}

function peerMemoryOf({ url, pid }: NonNullable<Proxies["haproxy"]>): Promise<number> {
  return withConnections(url, MANY_CONNECTIONS, async () => (await pidusage(pid)).memory);
}
