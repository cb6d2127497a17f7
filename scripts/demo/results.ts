import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import Table from "cli-table3";
import { describeMs } from "../../components/model/clock";
import type { CutoverRecord } from "../../components/model/record";
import type { LoadReport } from "../load";
import { grouped } from "./screen";

export interface ActResult {
  name: string;
  expected: string;
  actual: string;
  ok: boolean;
  ms: number;
  requests: number;
  failed: number;
}

/** The figures of one demo, as they are written to `.bluegreen/demo.json`. */
export interface DemoResults {
  ok: boolean;
  requests: number;
  failed: number;
  /** How many failed for each reason. */
  failures: Record<string, number>;
  /** Latency of all requests, ms; those that the breach made slow included. */
  latencies: LoadReport["latencies"];
  /** Cutovers that gave the traffic to another slot; one that was taken back counts once. */
  switches: number;
  /** Of each: from the write of the route until the new slot has answered and the old one no longer does, ms. */
  switchTimes: number[];
  acts: ActResult[];
  ms: number;
}

/** @param records newest first */
export function resultsOf(
  acts: ActResult[],
  wanted: number,
  load: LoadReport | undefined,
  records: CutoverRecord[],
  ms: number,
): DemoResults {
  const shifts = shiftsOf(records);
  const { sent = 0, failed = 0, failures = {}, latencies = { p50: 0, p95: 0, p99: 0, max: 0 } } = load ?? {};
  return {
    ok: acts.length === wanted && acts.every((act) => act.ok) && sent > 0 && failed === 0,
    requests: sent,
    failed,
    failures,
    latencies,
    switches: shifts.length,
    switchTimes: shifts.flatMap(({ switchTimes }) => switchTime(switchTimes) ?? []),
    acts,
    ms,
  };
}

export function writeResults(file: string, results: DemoResults): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}

export function actsTable(acts: readonly ActResult[], colour: boolean): string {
  const table = new Table({
    head: ["act", "expected", "outcome", "time", "requests", "failed"],
    colWidths: [24, 30, 30],
    colAligns: ["left", "left", "left", "right", "right", "right"],
    wordWrap: true,
    style: plain(colour),
  });
  for (const { name, expected, actual, ok, ms, requests, failed } of acts) {
    table.push([name, expected, ok ? "as expected" : actual, describeMs(ms), grouped(requests), grouped(failed)]);
  }
  return table.toString();
}

/**
 * Who got the traffic, and how long after the write of the route the first answer of the new slot and the last one of the
 * old slot were. A cutover that was taken back has no such times: its last write was the way back.
 *
 * @param records newest first
 */
export function switchesTable(records: readonly CutoverRecord[], colour: boolean): string {
  const table = new Table({
    head: ["switch", "release", "ended as", "first new answer", "last old answer"],
    colAligns: ["left", "left", "left", "right", "right"],
    style: plain(colour),
  });
  for (const { from, to, toRelease, completion, switchTimes } of shiftsOf(records)) {
    const { firstNewMs, lastOldMs } = switchTimes ?? {};
    const first = firstNewMs === undefined ? "" : describeMs(firstNewMs);
    // No answer of the old slot after the write: none of its requests was under way at that moment.
    const last = lastOldMs === undefined ? (firstNewMs === undefined ? "" : "none after it") : describeMs(lastOldMs);
    table.push([`${from} -> ${to}`, toRelease, completion ?? "", first, last]);
  }
  return table.toString();
}

/** Oldest first. */
function shiftsOf(records: readonly CutoverRecord[]): CutoverRecord[] {
  return records
    .filter(
      ({ kind, stages }) => kind !== "initial" && stages.some(({ stage }) => stage === "PRODUCTION_TRAFFIC_SHIFT"),
    )
    .reverse();
}

function switchTime(times: CutoverRecord["switchTimes"]): number | undefined {
  if (times?.firstNewMs === undefined) return undefined;
  return Math.round(Math.max(times.firstNewMs, times.lastOldMs ?? 0) * 10) / 10;
}

const plain = (colour: boolean) => (colour ? { head: ["bold"], border: ["dim"] } : { head: [], border: [] });
