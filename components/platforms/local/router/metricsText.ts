import { type Metric, Counter, Gauge, Registry } from "prom-client";
import { SLOTS } from "../../../model/words";
import type { DataPath } from "./dataPath";
import type { RouteState } from "./state";
import type { SlotTraffic } from "./traffic";

const HISTOGRAM = "bluegreen_router_request_duration_seconds";

/** The counters in Prometheus' text form. Made from scratch for each scrape, so that requests pay nothing for it. */
export async function metricsText(
  dataPath: DataPath,
  state: RouteState,
  sockets: number,
  errors: number,
): Promise<string> {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, value: number): void => new Gauge({ name, help, registers }).set(value);
  const requests = new Counter({
    name: "bluegreen_router_requests_total",
    help: "Answers sent on the public port, by slot and class of status.",
    labelNames: ["slot", "class"],
    registers,
  });
  const perSlot = (name: string, help: string): Gauge => new Gauge({ name, help, labelNames: ["slot"], registers });
  const slotCounter = (name: string, help: string): Counter =>
    new Counter({ name, help, labelNames: ["slot"], registers });
  const failed = slotCounter(
    "bluegreen_router_failed_total",
    "Requests the slot did not answer (502, 503, 504 by the router).",
  );
  const broken = slotCounter("bluegreen_router_broken_total", "Answers the slot broke off half way.");
  const abandoned = slotCounter("bluegreen_router_abandoned_total", "Requests the client gave up.");
  const previews = slotCounter("bluegreen_router_preview_requests_total", "Requests by the preview port or header.");
  const inFlight = perSlot("bluegreen_router_in_flight", "Public requests under way.");
  const upgraded = perSlot("bluegreen_router_upgraded", "Open websockets and other upgraded connections.");
  const weight = perSlot("bluegreen_router_weight", "Share of the public traffic, in percent.");
  const up = new Gauge({
    name: "bluegreen_router_upstream_up",
    help: "1 when the instance is worth asking, 0 after a failed check or a refused connection.",
    labelNames: ["slot", "instance"],
    registers,
  });
  const traffic: [string, SlotTraffic][] = [];
  const now = performance.now();
  for (const slot of SLOTS) {
    const pool = dataPath.pools[slot];
    const view = pool.counters.view();
    traffic.push([slot, view]);
    for (const [name, count] of Object.entries(view.classes)) requests.inc({ slot, class: name }, count);
    failed.inc({ slot }, view.failed);
    broken.inc({ slot }, view.broken);
    abandoned.inc({ slot }, view.abandoned);
    previews.inc({ slot }, view.previewRequests);
    inFlight.set({ slot }, view.inFlight);
    upgraded.set({ slot }, view.upgraded);
    weight.set({ slot }, state.weights[slot]);
    for (const upstream of pool.upstreams) up.set({ slot, instance: upstream.name }, upstream.isWell(now) ? 1 : 0);
  }
  registry.registerMetric(latencies(traffic));
  gauge("bluegreen_router_route_revision", "Counts the writes of the weights.", state.revision);
  gauge(
    "bluegreen_router_transaction_open",
    "1 while a change of the weights awaits confirmation.",
    state.transaction === null ? 0 : 1,
  );
  gauge("bluegreen_router_sockets", "Open connections of clients.", sockets);
  const { user, system } = process.cpuUsage();
  new Counter({
    name: "bluegreen_router_internal_errors_total",
    help: "Faults of the router itself that it survived.",
    registers,
  }).inc(errors);
  new Counter({ name: "process_cpu_seconds_total", help: "Processor time, in seconds.", registers }).inc(
    (user + system) / 1e6,
  );
  gauge("process_resident_memory_bytes", "Memory, in bytes.", process.memoryUsage.rss());
  gauge("process_start_time_seconds", "Start of the process, seconds since the epoch.", performance.timeOrigin / 1000);
  return registry.metrics();
}

/** prom-client's own histogram can only be filled value by value; the buckets are counted already. */
function latencies(traffic: readonly [string, SlotTraffic][]): Metric {
  const values: { labels: Record<string, string | number>; value: number; metricName: string }[] = [];
  for (const [slot, { histogram, latencySum }] of traffic) {
    let sum = 0;
    histogram.counts.forEach((count, i) => {
      sum += count;
      values.push({
        labels: { le: histogram.bounds[i] ?? "+Inf", slot },
        value: sum,
        metricName: `${HISTOGRAM}_bucket`,
      });
    });
    values.push({ labels: { slot }, value: latencySum, metricName: `${HISTOGRAM}_sum` });
    values.push({ labels: { slot }, value: sum, metricName: `${HISTOGRAM}_count` });
  }
  const help = "Time from the head of a public request to the end of its answer, in seconds.";
  const described = { name: HISTOGRAM, help, type: "histogram", aggregator: "sum", values };
  return { name: HISTOGRAM, get: () => Promise.resolve(described) } as unknown as Metric;
}
