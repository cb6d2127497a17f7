import { expect } from "chai";
import fc from "fast-check";
import { loosened, type Thresholds } from "../../components/model/loosened";
import type { Objective } from "../../components/model/objective";
import { settings } from "../support/memoryCutover";

const { gate, bake, verify } = settings();
const [home] = gate.smoke;
const errors: Objective = {
  name: "errors",
  source: { kind: "route", figure: "errorPercent", minRequests: 1 },
  pass: "<= 1",
  initialDelayMs: 0,
  intervalMs: 5000,
  timeoutMs: 5000,
  failureLimit: 1,
  inconclusiveLimit: 0,
  consecutiveErrorLimit: 4,
  onBreach: "rollback",
  dryRun: false,
  noData: "hold",
  when: ["steps", "bake"],
};
const compare = {
  test: "mannWhitney",
  direction: "increase",
  effectSize: 0.25,
  confidence: 0.95,
  minSamples: 10,
} as const;
const limits = { logErrors: { pattern: "ERROR", limit: 0, windowMs: 1000 }, maxMemoryMiB: 256, maxCpuPercent: 80 };
const identity = { path: "/", header: "x-version" };
const base: Thresholds = { gate: { ...gate, ...limits, identity }, bake, verify, objectives: [{ ...errors, compare }] };

const inGate = (changes: Partial<Thresholds["gate"]>): Thresholds => ({ ...base, gate: { ...base.gate, ...changes } });
const inBake = (changes: Partial<Thresholds["bake"]>): Thresholds => ({ ...base, bake: { ...bake, ...changes } });
const objective = (changes: Partial<Objective>): Thresholds => ({
  ...base,
  objectives: [{ ...errors, compare, ...changes }],
});
const without = (key: "maxMemoryMiB" | "maxCpuPercent" | "logErrors" | "identity"): Thresholds => {
  const rest = { ...base.gate };
  Reflect.deleteProperty(rest, key);
  return { ...base, gate: rest };
};
/** With an objective of these conditions alone. */
const judging = ({ pass, fail }: { pass?: string; fail?: string }): Thresholds => {
  const { pass: dropped, ...rest } = errors;
  expect(dropped).to.equal("<= 1");
  return {
    ...base,
    objectives: [{ ...rest, ...(pass !== undefined && { pass }), ...(fail !== undefined && { fail }) }],
  };
};

describe("what is looser than it was", () => {
  const looser: [string, Thresholds, Thresholds][] = [
    ["gate.enabled", base, inGate({ enabled: false })],
    ["gate.smoke", base, inGate({ smoke: [] })],
    ["gate.successes", base, inGate({ successes: 1 })],
    ["gate.identity", base, without("identity")],
    ["gate.logErrors", base, inGate({ logErrors: { ...limits.logErrors, limit: 1 } })],
    ["gate.logErrors", base, without("logErrors")],
    ["gate.maxMemoryMiB", base, inGate({ maxMemoryMiB: 257 })],
    ["gate.maxMemoryMiB", base, without("maxMemoryMiB")],
    ["gate.maxCpuPercent", base, inGate({ maxCpuPercent: 81 })],
    ["gate.maxCpuPercent", base, without("maxCpuPercent")],
    ["gate.maxRestarts", base, inGate({ maxRestarts: 1 })],
    ["verify.consecutive", base, { ...base, verify: { ...verify, consecutive: 9 } }],
    ["bake.duration", base, inBake({ durationMs: 29_999 })],
    ["bake.failureLimit", base, inBake({ failureLimit: 2 })],
    ["bake.maxErrorPercent", base, inBake({ maxErrorPercent: 1.1 })],
    ["bake.maxP95", base, inBake({ maxP95Ms: 501 })],
    ["bake.maxRestarts", base, inBake({ maxRestarts: 1 })],
    ["bake.noTraffic", base, inBake({ noTraffic: "pass" })],
    ["bake.noTraffic", inBake({ noTraffic: "fail" }), base],
    ["objectives.errors", base, { ...base, objectives: [] }],
    ["objectives.errors", base, { gate: base.gate, bake, verify }],
    ["objectives.errors", base, objective({ name: "renamed" })],
    ["objectives.errors", base, objective({ onBreach: "warn" })],
    ["objectives.errors", base, objective({ dryRun: true })],
    ["objectives.errors", base, objective({ when: ["steps"] })],
    ["objectives.errors", base, objective({ failureLimit: 2 })],
    ["objectives.errors", base, objective({ inconclusiveLimit: 1 })],
    ["objectives.errors", base, objective({ consecutiveErrorLimit: 5 })],
    ["objectives.errors", base, objective({ noData: "pass" })],
    ["objectives.errors", base, objective({ compare: { ...compare, effectSize: 0.5 } })],
    ["objectives.errors", base, objective({ compare: { ...compare, confidence: 0.99 } })],
    ["objectives.errors", base, judging({ pass: "<= 1" })],
    ["objectives.errors", judging({ pass: "<= 1" }), judging({ pass: "<= 1.5" })],
    ["objectives.errors", judging({ pass: "< 1" }), judging({ pass: "<= 1" })],
    ["objectives.errors", judging({ pass: ">= 10" }), judging({ pass: ">= 9" })],
    ["objectives.errors", judging({ fail: "> 1" }), judging({ fail: "> 2" })],
    ["objectives.errors", judging({ pass: "<= 1" }), judging({ pass: "<= 1", fail: "> 5" })],
    ["objectives.errors", judging({ pass: "<= 1" }), judging({})],
  ];
  for (const [i, [name, olds, news]] of looser.entries()) {
    it(`names ${name} (case ${i + 1})`, () => {
      expect(loosened(olds, news)).to.deep.equal([name]);
    });
  }

  const stricter: [string, Thresholds, Thresholds][] = [
    ["nothing changed", base, base],
    ["the gate was enabled", inGate({ enabled: false }), base],
    ["a smoke request came", inGate({ smoke: [] }), base],
    ["a smoke request is another", base, inGate({ smoke: home === undefined ? [] : [{ ...home, path: "/other" }] })],
    ["a limit came", without("maxMemoryMiB"), base],
    ["a limit came down", base, inGate({ maxCpuPercent: 79 })],
    ["the bake is longer", base, inBake({ durationMs: 60_000 })],
    ["an objective came", { ...base, objectives: [] }, base],
    ["a condition is stricter", judging({ pass: "<= 1" }), judging({ pass: "<= 0.5" })],
    ["a condition is written otherwise", judging({ pass: "<= 1" }), judging({ fail: "> 1" })],
    ["an objective came to decide", objective({ onBreach: "warn" }), base],
    ["what is no threshold changed", base, inGate({ path: "/ready", deadlineMs: 90_000 })],
  ];
  for (const [when, olds, news] of stricter) {
    it(`names nothing when ${when}`, () => {
      expect(loosened(olds, news)).to.deep.equal([]);
    });
  }

  it("names every one of several", () => {
    const news = { ...inBake({ durationMs: 0, maxP95Ms: 900 }), objectives: [] };
    expect(loosened(base, news)).to.deep.equal(["bake.duration", "bake.maxP95", "objectives.errors"]);
  });

  it("goes one way: of two limits, exactly the higher one is looser", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 1000 }), (before, after) => {
        const names = loosened(judging({ pass: `<= ${before}` }), judging({ pass: `<= ${after}` }));
        expect(names).to.deep.equal(after > before ? ["objectives.errors"] : []);
      }),
    );
  });
});
