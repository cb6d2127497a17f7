import { expect } from "chai";
import fc from "fast-check";
import { contradictions, measurementsIn, type Spans } from "../../components/model/contradictions";
import type { Objective } from "../../components/model/objective";
import { objective } from "../support/objective";

const found = (changes: Partial<Objective>, spans: Spans = { bake: 30_000 }, secrets: string[] = []) =>
  contradictions(objective(changes), spans, secrets).map(({ path, message }) => `${path.join(".")}: ${message}`);

const prometheus = (query: string): Partial<Objective> => ({
  source: { kind: "prometheus", url: "http://127.0.0.1:9090", query },
});
const compare = {
  test: "mannWhitney",
  direction: "increase",
  effectSize: 0.25,
  confidence: 0.95,
  minSamples: 10,
} as const;

describe("contradictory settings of an objective", () => {
  it("are not there in one that makes sense", () => {
    expect(found({ pass: "< 1", fail: ">= 1", count: 6, failureLimit: 2 })).deep.equal([]);
    expect(found(prometheus(`up{slot="{{slot}}"}`))).deep.equal([]);
    expect(found({ compare, intervalMs: 1000 }, { bake: 30_000, steps: 20_000 })).deep.equal([]);
  });

  const rows: [string, Partial<Objective>, string][] = [
    [
      "a value meets both conditions",
      { pass: "< 5", fail: "> 3" },
      "fail: a condition that no value meets together with pass < 5",
    ],
    ["all values but one meet both", { pass: "!= 1", fail: "!= 1" }, "fail: a condition that no value meets"],
    [
      "it can never pass",
      { pass: "< 0" },
      "pass: a condition that can pass: no value does; its values are from 0 to 100",
    ],
    ["it can never fail", { pass: "<= 100" }, "pass: a condition that can fail: every value passes"],
    ["it can never fail by what is bad", { fail: "> 100" }, "fail: a condition that can fail"],
    [
      "the bake is shorter than the first interval",
      { intervalMs: 60_000 },
      "interval: less, or no bake in when: a bake of 30 s ends",
    ],
    ["the bake is shorter than the delay", { initialDelayMs: 30_000 }, "initialDelay: less, or no bake in when"],
    [
      "the bake is shorter than delay and count",
      { initialDelayMs: 10_000, count: 5 },
      "count: at most 4: a bake of 30 s",
    ],
    ["a measurement may take longer than the bake", { timeoutMs: 60_000 }, "timeout: less"],
    ["every measurement may fail", { failureLimit: 6 }, "failureLimit: at most 5"],
    ["none of its phases takes time", { when: ["gate", "steps"] }, "when: a phase that takes time (bake)"],
    ["a variable is unknown", prometheus(`up{pod="{{pod}}"}`), "prometheus.query: only variables out of {{slot}}"],
    ["a variable is not closed", prometheus(`up{slot="{{slot}"}`), "{{ cannot be filled in"],
    ["a pattern is none", { source: { kind: "logs", pattern: "(" } }, "logs.pattern: a regular expression"],
    [
      "a header has an unknown variable",
      { source: { kind: "http", url: "http://h/", method: "GET", headers: { "x-a": "{{node}}" }, pointer: "/v" } },
      "http.headers.x-a: only variables",
    ],
    [
      "an argument has an unknown variable",
      { source: { kind: "command", run: ["check", "{{stack}}"] } },
      "command.run.1: only variables",
    ],
    [
      "a secret does not exist",
      { source: { kind: "prometheus", url: "http://h", query: "up", auth: { bearer: "TOKEN" } } },
      "prometheus.auth.bearer: the name of a secret in secrets; there is none",
    ],
    [
      "an exit code can never be met",
      { source: { kind: "command", run: ["x"] }, pass: "== 256" },
      "pass: a condition that can pass",
    ],
  ];
  for (const [what, changes, says] of rows) {
    it(`are told when ${what}`, () => expect(found(changes).join("\n")).contain(says));
  }

  const steps = { bake: 30_000, steps: 60_000 };
  const comparisons: [string, Partial<Objective>, Spans, string][] = [
    ["there are no steps", { compare }, { bake: 30_000 }, "compare: several rollout.steps"],
    ["steps are not among its phases", { compare, when: ["bake"] }, steps, "when: steps, where both slots serve"],
    ["a step is too short for its samples", { compare }, { steps: 30_000 }, "compare.minSamples: at most 6"],
    [
      "so few samples can never be sure",
      { compare: { ...compare, minSamples: 5, confidence: 0.999 } },
      steps,
      "compare.minSamples: more: 5 values of each slot can never give a confidence of 0.999",
    ],
    [
      "the query is the same for both slots",
      { ...prometheus("up"), compare, intervalMs: 1000 },
      steps,
      "prometheus.query: {{slot}}, {{release}} or {{version}} in it",
    ],
  ];
  for (const [what, changes, spans, says] of comparisons) {
    it(`are told when ${what}, for a comparison`, () => expect(found(changes, spans).join("\n")).contain(says));
  }

  it("are none about time exactly when every watched phase has room for what is to be measured", () => {
    const times = fc.record({ initialDelayMs: fc.nat(60_000), intervalMs: fc.integer({ min: 100, max: 60_000 }) });
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 300_000 }), (time, count, bake) => {
        const about = contradictions(objective({ ...time, count, timeoutMs: 1 }), { bake });
        const fits = bake >= time.initialDelayMs + count * time.intervalMs;
        expect(about.length === 0).equal(fits);
        expect(measurementsIn(time, bake) >= count).equal(fits);
      }),
    );
  });
});
