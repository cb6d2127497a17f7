import { describeMs } from "../../model/clock";
import { difference, quantile } from "../../model/histogram";
import type { Sample, SourceSettings } from "../../model/objective";
import { trafficBetween } from "../../model/objectives";
import type { SlotTraffic } from "../../platforms/driver";
import type { SampleContext, Source } from "../source";

type Settings = Extract<SourceSettings, { kind: "route" }>;
interface Reading {
  at: number;
  traffic: SlotTraffic;
}

const QUANTILES = { p50: 0.5, p95: 0.95, p99: 0.99 };

/** What the route's own counters say of the slot since the sample before. */
export function routeSource(settings: Settings): Source {
  let before: Reading | undefined;
  return {
    async prime(context) {
      before = await read(context);
    },
    async sample(context) {
      const after = await read(context);
      const earlier = before;
      before = after;
      if (earlier === undefined) throw new Error("there is no reading before to compare the route's counters with");
      return between(earlier, after, settings, context);
    },
  };
}

async function read({ driver, clock, slot }: SampleContext): Promise<Reading> {
  const traffic = await driver.traffic();
  return { at: clock.now(), traffic: traffic[slot] };
}

function between(before: Reading, after: Reading, { figure, minRequests }: Settings, { slot }: SampleContext): Sample {
  const { requests, failed } = trafficBetween(before.traffic, after.traffic);
  const spentMs = Math.max(1, after.at - before.at);
  const seen = `${requests} requests in ${describeMs(spentMs)}`;
  if (figure === "requests") return { value: requests, detail: seen };
  if (figure === "requestsPerSecond") {
    const value = (1000 * requests) / spentMs;
    return { value, detail: `${round(value)} requests a second` };
  }
  if (requests < minRequests) return { missing: `${seen} reached ${slot}, ${minRequests} needed for a judgement` };
  if (figure === "errorPercent") {
    const value = (100 * failed) / requests;
    return { value, detail: `${round(value)} % of ${requests} requests failed` };
  }
  const histogram = difference(before.traffic.latency, after.traffic.latency);
  const seconds = quantile(histogram, QUANTILES[figure]);
  if (seconds === undefined) return { missing: `no latency of ${slot} was measured in ${seen}` };
  const value = seconds * 1000;
  const bound = describeMs(1000 * (histogram.bounds.at(-1) ?? 0));
  return {
    value,
    detail: `${figure} ${value === Infinity ? `above ${bound}` : describeMs(value)} of ${requests} requests`,
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
