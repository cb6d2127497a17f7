import { expect } from "chai";
import { describeFailure, describeGate, runGate, type GateScope } from "../../components/gates/gate";
import type { GateSettings, SmokeSettings } from "../../components/resources/inputs";
import { MemoryClock } from "../support/memoryClock";
import { settings } from "../support/memoryCutover";
import { MemoryDriver } from "../support/memoryDriver";

const release = "1.1.0-bbbbbbbbbbbb";

async function ask(
  change: (driver: MemoryDriver, clock: MemoryClock) => void,
  gate: Partial<GateSettings> = {},
  { scope = "full", replicas = 2 }: { scope?: GateScope; replicas?: number } = {},
) {
  const clock = new MemoryClock();
  const driver = new MemoryDriver(clock);
  change(driver, clock);
  const subject = { slot: "green" as const, release, replicas };
  const evidence = await clock.run(runGate(driver, subject, { ...settings().gate, ...gate }, scope, clock));
  if (evidence === undefined) throw new Error("the gate did not end");
  return { evidence, driver, clock };
}

const smoke = (changes: Partial<SmokeSettings> = {}): GateSettings["smoke"] => [
  { name: "home", method: "GET", path: "/", headers: {}, status: 200, json: [], ...changes },
];

const well = () => undefined;

describe("the gate", () => {
  it("gives evidence that names slot, release and time, when everything passes", async () => {
    const { evidence, clock } = await ask(well);
    expect(evidence).include({
      slot: "green",
      release,
      verdict: "pass",
      at: new Date(clock.now()).toISOString(),
      until: new Date(clock.now() + 600_000).toISOString(),
      durationMs: 1000,
    });
    expect(evidence.checks.map((check) => check.name)).deep.equal(["readiness", "identity", "smoke home", "restarts"]);
  });

  it("asks for readiness and identity alone on the way back", async () => {
    const { evidence } = await ask(({ slots }) => (slots.green.restarts = 9), {}, { scope: "readiness" });
    expect(evidence.checks.map((check) => check.name)).deep.equal(["readiness", "identity"]);
    expect(evidence.verdict).equal("pass");
  });

  const rows: {
    when: string;
    change: (driver: MemoryDriver, clock: MemoryClock) => void;
    gate?: Partial<GateSettings>;
    replicas?: number;
    verdict: string;
    says: string;
  }[] = [
    {
      when: "an instance does not run",
      change: ({ slots }) => (slots.green.running = 1),
      verdict: "timeout",
      says: "readiness: 1 of 2 instances ready after 30 s\n  shop-green-1: exited with code 1",
    },
    {
      when: "an instance answers 503",
      change: ({ slots }) => Object.assign(slots.green, { status: 503, body: "database unreachable" }),
      verdict: "timeout",
      says: 'shop-green-0: GET http://127.0.0.1:50060/health → 503 "database unreachable"',
    },
    {
      when: "an instance does not answer",
      change: (driver) => (driver.fault = (method) => (method === "probeInstance" ? "before" : undefined)),
      verdict: "timeout",
      says: "shop-green-0: GET http://127.0.0.1:50060/health → probeInstance failed",
    },
    {
      when: "the slot runs another release",
      change: ({ slots }) => (slots.green.release = "1.0.9-cccccccccccc"),
      verdict: "timeout",
      says: "green runs release 1.0.9-cccccccccccc, not 1.1.0-bbbbbbbbbbbb",
    },
    {
      when: "the slot runs nothing",
      change: ({ slots }) => Object.assign(slots.green, { release: "", replicas: 0, running: 0 }),
      verdict: "timeout",
      says: "green runs release none",
    },
    {
      when: "the live slot has more instances",
      change: well,
      replicas: 3,
      verdict: "timeout",
      says: "2 instances exist, 3 are needed",
    },
    {
      when: "the slot's condition cannot be read",
      change: (driver) => (driver.fault = (method) => (method === "condition" ? "before" : undefined)),
      verdict: "error",
      says: "readiness: condition failed",
    },
    {
      when: "somebody else answers for the slot",
      change: (driver) => {
        const probeInstance = driver.probeInstance.bind(driver);
        driver.probeInstance = async (...asked) => ({ ...(await probeInstance(...asked)), slot: "blue" });
      },
      verdict: "fail",
      says: "identity: wanted green, release 1.1.0-bbbbbbbbbbbb\n  http://127.0.0.1:50060 is blue, release 1.1.0-bbbbbbbbbbbb",
    },
    {
      when: "the platform cannot tell who answers",
      change: (driver) => {
        const probeInstance = driver.probeInstance.bind(driver);
        driver.probeInstance = async (...asked) => {
          const { status, headers, body, durationMs } = await probeInstance(...asked);
          return { status, headers, body, durationMs };
        };
      },
      verdict: "fail",
      says: "is nobody's, release unknown",
    },
    {
      when: "the application names another version",
      change: ({ slots }) => (slots.green.body = '{"version":"1.0.9"}'),
      gate: { identity: { path: "/", pointer: "/version" } },
      verdict: "fail",
      says: 'http://127.0.0.1:50060/ says it is "1.0.9", not 1.1.0',
    },
    {
      when: "the application does not name its version",
      change: well,
      gate: { identity: { path: "/", header: "X-Version" } },
      verdict: "fail",
      says: "says it is undefined, not 1.1.0",
    },
    {
      when: "a smoke request gets another status",
      change: well,
      gate: { smoke: smoke({ status: 404 }) },
      verdict: "fail",
      says: 'smoke home: shop-green-0: GET http://127.0.0.1:50060/ → status 200, wanted 404: "ok" (2 times)',
    },
    {
      when: "a smoke request takes too long",
      change: well,
      gate: { smoke: smoke({ maxLatencyMs: 4 }) },
      verdict: "fail",
      says: "5 ms, wanted at most 4 ms",
    },
    {
      when: "a smoke request's answer lacks a text",
      change: well,
      gate: { smoke: smoke({ contains: "welcome" }) },
      verdict: "fail",
      says: 'body without "welcome": "ok"',
    },
    {
      when: "a smoke request's answer is not JSON",
      change: well,
      gate: { smoke: smoke({ json: [{ pointer: "/ok" }] }) },
      verdict: "fail",
      says: 'body is not JSON: "ok"',
    },
    {
      when: "a smoke request's JSON lacks a value",
      change: ({ slots }) => (slots.green.body = "{}"),
      gate: { smoke: smoke({ json: [{ pointer: "/a~1b/c" }] }) },
      verdict: "fail",
      says: "/a~1b/c is missing",
    },
    {
      when: "a smoke request's JSON has another value",
      change: ({ slots }) => (slots.green.body = '{"n":"1"}'),
      gate: { smoke: smoke({ json: [{ pointer: "/n", equals: 1 }] }) },
      verdict: "fail",
      says: '/n is "1", wanted 1',
    },
    {
      when: "a smoke request's JSON does not match",
      change: ({ slots }) => (slots.green.body = '{"list":[1,2]}'),
      gate: { smoke: smoke({ json: [{ pointer: "/list", matches: "^\\[1,3" }] }) },
      verdict: "fail",
      says: "/list is [1,2], wanted a match of /^\\[1,3/",
    },
    {
      when: "an instance was restarted",
      change: ({ slots }) => (slots.green.restarts = 1),
      verdict: "fail",
      says: "restarts: at most 1 (shop-green-0), limit 0",
    },
    {
      when: "an instance uses too much memory",
      change: ({ slots }) => (slots.green.memoryMiB = 200.04),
      gate: { maxMemoryMiB: 200 },
      verdict: "fail",
      says: "memory: at most 200 MiB (shop-green-0), limit 200 MiB",
    },
    {
      when: "a figure that has a limit is missing",
      change: well,
      gate: { maxCpuPercent: 50 },
      verdict: "error",
      says: "cpu: no figure for shop-green-0, shop-green-1",
    },
    {
      when: "the logs have errors",
      change: ({ slots }, clock) => {
        slots.green.logs.push({ at: clock.now() - 1000, instance: "shop-green-1", text: "ERROR no database" });
      },
      gate: { logErrors: { pattern: "ERROR", limit: 0, windowMs: 60_000 } },
      verdict: "fail",
      says: "logs: 1 lines match /ERROR/ (limit 0)\n  shop-green-1: ERROR no database",
    },
    {
      when: "the logs cannot be read",
      change: (driver) => (driver.fault = (method) => (method === "logs" ? "before" : undefined)),
      gate: { logErrors: { pattern: "ERROR", limit: 0, windowMs: 60_000 } },
      verdict: "error",
      says: "logs: logs failed",
    },
  ];
  for (const { when, change, gate, replicas, verdict, says } of rows) {
    it(`ends with ${verdict} when ${when}`, async () => {
      const { evidence } = await ask(change, gate, replicas === undefined ? {} : { replicas });
      expect(describeFailure(evidence)).contain(says);
      expect(evidence.verdict).equal(verdict);
    });
  }

  it("passes when the application names its version, by a header or a pointer, as version or as release", async () => {
    for (const version of ["1.1.0", release]) {
      const body = JSON.stringify({ app: { version } });
      const identity = { path: "/", pointer: "/app/version" };
      expect((await ask(({ slots }) => (slots.green.body = body), { identity })).evidence.verdict).equal("pass");
    }
    const byHeader = await ask(
      (driver) => {
        const probeInstance = driver.probeInstance.bind(driver);
        driver.probeInstance = async (...asked) => {
          const answer = await probeInstance(...asked);
          return { ...answer, headers: { "x-version": "1.1.0" } };
        };
      },
      { identity: { path: "/", header: "X-Version" } },
    );
    expect(byHeader.evidence.verdict).equal("pass");
  });

  it("passes when a smoke request's JSON is as wanted", async () => {
    const body = JSON.stringify({ "a/b": [{ "m~n": null }], n: 1, text: "ready" });
    const json = [
      { pointer: "/a~1b/0/m~0n", equals: null },
      { pointer: "/n", equals: 1, matches: "^1$" },
      { pointer: "/text", matches: "ready" },
      { pointer: "" },
    ];
    expect((await ask(({ slots }) => (slots.green.body = body), { smoke: smoke({ json }) })).evidence.verdict).equal(
      "pass",
    );
  });

  it("waits until the slot is ready, and asks for answers in a row", async () => {
    const { evidence } = await ask((driver) => {
      driver.onCall = (method, nth) => {
        // Ready at the third look, not at the fourth, ready from the fifth on.
        if (method === "condition") driver.slots.green.status = nth === 3 || nth > 4 ? 200 : 503;
      };
    });
    expect(evidence).include({ verdict: "pass", durationMs: 5000 });
  });

  it("tries a failed smoke request again", async () => {
    const { evidence } = await ask((driver) => {
      // Two looks at two instances and one for the identity of each come first.
      driver.fault = (method, nth) => (method === "probeInstance" && nth === 7 ? "before" : undefined);
    });
    expect(evidence.verdict).equal("pass");
  });

  it("does not try again beyond its deadline", async () => {
    const change = (driver: MemoryDriver) => {
      driver.fault = (method, nth) => (method === "probeInstance" && nth >= 7 ? "before" : undefined);
    };
    const { evidence } = await ask(change, { retries: 1000 });
    expect(evidence.verdict).equal("timeout");
    expect(describeFailure(evidence)).contain("smoke home: probeInstance failed");
    expect(evidence.durationMs).most(32_000);
  });

  it("does not look at logs from before the release started, nor at those outside its window", async () => {
    const logErrors = { pattern: "ERROR", limit: 0, windowMs: 30_000 };
    for (const [startedAgo, loggedAgo] of [
      [10_000, 20_000],
      [600_000, 40_000],
    ] as const) {
      const { evidence } = await ask(
        ({ slots }, clock) => {
          slots.green.startedAt = clock.now() - startedAgo;
          slots.green.logs.push({ at: clock.now() - loggedAgo, instance: "shop-green-0", text: "ERROR" });
        },
        { logErrors },
      );
      expect(evidence.verdict).equal("pass");
    }
  });

  it("stops at the first check that does not pass", async () => {
    const { evidence, driver } = await ask(({ slots }) => (slots.green.status = 503));
    expect(evidence.checks.length).equal(1);
    expect(driver.times("logs")).equal(0);
  });
});

describe("the gate in a preview", () => {
  it("is told check by check", () => {
    const gate: GateSettings = {
      ...settings().gate,
      identity: { path: "/", pointer: "/version" },
      maxMemoryMiB: 200,
      maxCpuPercent: 50,
      logErrors: { pattern: "ERROR", limit: 2, windowMs: 60_000 },
    };
    expect(describeGate(gate, 2)).deep.equal([
      "readiness: GET /health on 2 instances, 2 in a row",
      "identity: by the platform and the application",
      "smoke home: 200",
      "restarts at most 0",
      "memory at most 200 MiB",
      "cpu at most 50 %",
      "log errors at most 2",
    ]);
    expect(describeGate(settings().gate, 1).slice(0, 2)).deep.equal([
      "readiness: GET /health on 1 instance, 2 in a row",
      "identity: by the platform",
    ]);
  });

  it("says when there is none", () => {
    expect(describeGate({ ...settings().gate, enabled: false }, 2)).deep.equal(["none: the gate is switched off"]);
  });
});
