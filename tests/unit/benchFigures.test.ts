import { expect } from "chai";
import { askedWaiting, type AskedWaits } from "../../bench/engine/waits";
import { figure, type Goal } from "../../bench/figure";
import { median, quantile } from "../../bench/quantile";
import { verdict } from "../../bench/report/results";
import { parseWrk } from "../../bench/router/wrk";
import type { StageRecord } from "../../components/model/record";

describe("the figures of a benchmark", () => {
  const within: Goal = { of: "value", limit: 100, direction: "at most" };
  const ratio: Goal = { of: "ratio", limit: 0.6, direction: "at least" };

  it("are judged by their goals", () => {
    expect(figure("switch", { name: "p99", value: 100, unit: "ms", goal: within })).to.deep.equal({
      benchmark: "switch",
      name: "p99",
      value: 100,
      unit: "ms",
      goal: "≤ 100 ms",
      holds: true,
    });
    expect(figure("switch", { name: "p99", value: 100.001, goal: within }).holds).to.equal(false);
    const none: Goal = { of: "value", limit: 0, direction: "exactly" };
    expect(figure("switch", { name: "failed", value: 1, goal: none })).to.include({ goal: "= 0", holds: false });
  });

  it("are judged by the ratio to the peer where the goal says so", () => {
    const peer = { name: "peer", value: 20_000 };
    const reached = figure("router", {
      name: "throughput",
      value: 12_000,
      unit: "requests/s",
      goal: ratio,
      peer,
      ratio: 0.6,
    });
    expect(reached).to.include({ goal: "≥ 0.6 × peer", holds: true });
    expect(figure("router", { name: "throughput", value: 11_000, goal: ratio, peer, ratio: 0.55 }).holds).to.equal(
      false,
    );
  });

  it("neither hold nor fail without the peer that they are measured by", () => {
    const alone = figure("router", { name: "throughput", value: 12_000, goal: ratio, skipped: "no peer" });
    expect(alone).to.include({ holds: null, skipped: "no peer" });
    const held = figure("switch", { name: "p99", value: 1, goal: within });
    expect(verdict([held, alone])).to.equal("1 of 1 goals hold, 1 could not be judged");
  });

  it("take the nearest rank as quantile and the middle as median", () => {
    const values = Array.from({ length: 50 }, (_, i) => 50 - i);
    expect([quantile(values, 0.5), quantile(values, 0.99), quantile([], 0.5)]).to.deep.equal([25, 50, NaN]);
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).to.deep.equal([2, 2.5, NaN]);
  });
});

describe("the waits that a switch's config asks for", () => {
  const asked: AskedWaits = {
    bakeMs: 1000,
    steps: 1,
    stepIntervalMs: 0,
    gateSuccesses: 1,
    gateIntervalMs: 50,
    drainMs: 1000,
  };
  const stage = (name: StageRecord["stage"], durationMs: number): StageRecord => ({
    stage: name,
    startedAt: "2026-01-01T00:00:00.000Z",
    durationMs,
    verdict: "pass",
    detail: "",
  });

  it("are the bake and the drain of a plain switch, and not what those took beyond that", () => {
    const record = { stages: [stage("BAKE_TIME", 1040)], drained: { finished: 0, cut: 0, waitedMs: 3 } };
    expect(askedWaiting(record, asked)).to.equal(1003);
  });

  it("are never more than was in truth waited", () => {
    expect(askedWaiting({ stages: [] }, asked)).to.equal(0);
    expect(askedWaiting({ stages: [stage("BAKE_TIME", 400)] }, asked)).to.equal(400);
  });

  it("are those of the steps and of the gate's answers in a row, too", () => {
    const record = { stages: [stage("PRODUCTION_TRAFFIC_SHIFT", 2070)] };
    const steps = { steps: 3, stepIntervalMs: 1000, gateSuccesses: 2, gateIntervalMs: 50 };
    // Two waits between three steps, and one between two answers, which are asked for twice.
    expect(askedWaiting(record, { ...asked, ...steps })).to.equal(2000 + 100);
  });
});

describe("the reading of what wrk prints", () => {
  const text = `Running 4s test @ http://127.0.0.1:5004/
  1 threads and 64 connections
  Latency Distribution
     50%  812.00us
     75%    1.10ms
     90%    1.90ms
     99%    1.02s
  65231 requests in 4.00s, 12.13MB read
Requests/sec:  16301.21
Transfer/sec:      3.03MB
`;

  it("finds throughput and latencies in ms", () => {
    expect(parseWrk(text)).to.deep.equal({ perSecond: 16301.21, p50: 0.812, p99: 1020, failed: 0 });
  });

  it("adds up what failed", () => {
    const errors = "  Socket errors: connect 1, read 2, write 0, timeout 4\n  Non-2xx or 3xx responses: 100\n";
    expect(parseWrk(errors + text).failed).to.equal(107);
  });

  it("refuses a text that is something else", () => {
    expect(() => parseWrk("unable to connect")).to.throw("something else than was expected:\nunable to connect");
  });
});
