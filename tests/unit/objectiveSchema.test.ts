import { expect } from "chai";
import { objectiveProblems } from "../../components/objectives/problems";
import { objectiveSchema, type ObjectiveInput } from "../../components/objectives/schema";
import { objectiveOf } from "../../components/objectives/settings";

const read = (input: ObjectiveInput) => objectiveOf(objectiveSchema.parse(input), { maxMemoryMiB: 200 });

/** Each problem of the schema as `path: message`. */
function problems(input: unknown): string[] {
  const { error } = objectiveSchema.safeParse(input);
  return (error?.issues ?? []).map((issue) => `${issue.path.join(".")}: ${issue.message}`);
}

describe("the schema of an objective", () => {
  it("fills in every default", () => {
    expect(read({ name: "queue", prometheus: { url: "http://127.0.0.1:9090", query: "up" }, pass: "< 1" })).deep.equal({
      name: "queue",
      source: { kind: "prometheus", url: "http://127.0.0.1:9090", query: "up" },
      pass: "< 1",
      initialDelayMs: 0,
      intervalMs: 5000,
      timeoutMs: 5000,
      failureLimit: 0,
      inconclusiveLimit: 0,
      consecutiveErrorLimit: 4,
      onBreach: "rollback",
      dryRun: false,
      noData: "hold",
      when: ["steps", "bake"],
    });
  });

  const presets: [NonNullable<ObjectiveInput["preset"]>, object][] = [
    [
      { name: "errors" },
      { source: { kind: "route", figure: "errorPercent", minRequests: 1 }, pass: "<= 1", onBreach: "rollback" },
    ],
    [
      { name: "latency" },
      { source: { kind: "route", figure: "p95", minRequests: 1 }, pass: "<= 500", onBreach: "rollback" },
    ],
    [{ name: "restarts" }, { source: { kind: "resource", figure: "restarts" }, pass: "<= 0", onBreach: "rollback" }],
    [{ name: "cpu" }, { source: { kind: "resource", figure: "cpuPercent" }, pass: "<= 70", onBreach: "warn" }],
    [
      { name: "memory" },
      { source: { kind: "resource", figure: "memoryPercent", memoryLimitMiB: 200 }, pass: "<= 75", onBreach: "warn" },
    ],
    [
      { name: "messages", limit: 20 },
      { source: { kind: "route", figure: "requestsPerSecond", minRequests: 1 }, pass: ">= 20", onBreach: "rollback" },
    ],
  ];
  for (const [preset, wanted] of presets) {
    it(`expands the preset ${preset.name}`, () =>
      expect(read({ preset })).deep.include({ name: preset.name, ...wanted }));
  }

  it("lets the keys beside a preset go over its own, a source too", () => {
    const http = { url: "http://127.0.0.1/rate", pointer: "/rate" };
    const found = read({
      name: "mail",
      preset: { name: "cpu", limit: 50 },
      http,
      onBreach: "rollback",
      interval: "2s",
    });
    expect(found).deep.include({ name: "mail", pass: "<= 50", onBreach: "rollback", intervalMs: 2000 });
    expect(found.source).deep.equal({ kind: "http", method: "GET", headers: {}, ...http });
  });

  it("takes the exit code of a command for its value", () => {
    expect(read({ name: "check", command: { run: ["true"] } })).deep.include({ pass: "== 0" });
  });

  it("watches what is nothing but a comparison in the steps alone", () => {
    expect(read({ name: "lag", route: "p95", compare: {} })).deep.include({ when: ["steps"] });
    expect(read({ name: "lag", route: "p95", compare: {}, pass: "< 900" })).deep.include({ when: ["steps", "bake"] });
  });

  const pass = "< 1";
  const prometheus = { url: "http://127.0.0.1:9090", query: "up" };
  const wrong: [string, unknown, string][] = [
    ["no source", { name: "x", pass }, ": exactly one source"],
    ["two sources", { name: "x", pass, route: "p95", resource: "restarts" }, "route and resource given"],
    ["no name", { route: "p95", pass }, "name: a name"],
    ["nothing to judge by", { name: "x", route: "p95" }, ": pass, fail or compare"],
    ["a condition in words", { name: "x", route: "p95", pass: "below 1" }, "pass: a condition such as"],
    ["a condition beside a preset", { preset: { name: "errors" }, pass }, "pass: nothing beside a preset"],
    ["a preset without its limit", { preset: { name: "messages" } }, "preset.limit: a number"],
    ["an unknown preset", { preset: { name: "speed" } }, "preset.name"],
    ["an unknown key", { name: "x", route: "p95", pass, retries: 1 }, "Unrecognized key"],
    ["no address", { name: "x", pass, prometheus: { url: "9090", query: "up" } }, "prometheus.url: a URL"],
    [
      "a password in the address",
      { name: "x", pass, prometheus: { url: "http://me:secret@host", query: "up" } },
      "prometheus.url: a URL",
    ],
    [
      "two ways to sign in",
      { name: "x", pass, prometheus: { ...prometheus, auth: { bearer: "A", username: "b" } } },
      "auth: either",
    ],
    [
      "a user without a password",
      { name: "x", pass, prometheus: { ...prometheus, auth: { username: "b" } } },
      "auth: either",
    ],
    ["nothing to sign in with", { name: "x", pass, prometheus: { ...prometheus, auth: {} } }, "auth: either"],
    [
      "a token in place of a secret's name",
      { name: "x", pass, prometheus: { ...prometheus, auth: { bearer: "eyJ.abc-def" } } },
      "prometheus.auth.bearer: the name of a secret",
    ],
  ];
  for (const [what, input, says] of wrong) {
    it(`refuses ${what}`, () => expect(problems(input).join("\n")).contain(says));
  }

  it("does not repeat the address that holds a password", () => {
    const found = problems({ name: "x", pass, prometheus: { url: "http://me:hunter2@host", query: "up" } });
    expect(found.join()).not.contain("hunter2");
  });
});

describe("the objectives of a configuration", () => {
  const found = (...inputs: ObjectiveInput[]) =>
    objectiveProblems(
      inputs.map((input) => objectiveSchema.parse(input)),
      { spans: { bake: 30_000, steps: 10_000 }, secrets: ["TOKEN"] },
    ).map(({ path, message }) => `${path.join(".")}: ${message}`);

  it("are fine as presets come", () => {
    const names = ["errors", "latency", "restarts", "cpu", "memory"] as const;
    expect(found(...names.map((name) => ({ preset: { name } })))).deep.equal([]);
  });

  it("have names of their own", () => {
    const again: ObjectiveInput = { name: "errors", route: "requests", pass: "> 0" };
    expect(found({ preset: { name: "errors" } }, again).join()).contain("1.name: a name that no other objective has");
  });

  it("are named by their place, and a preset's condition by its limit", () => {
    expect(found({ preset: { name: "errors" } }, { preset: { name: "latency" } })).deep.equal([]);
    expect(found({ preset: { name: "errors", limit: 100 } }).join()).contain(
      "0.preset.limit: a condition that can fail",
    );
  });
});
