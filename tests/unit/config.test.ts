import { expect } from "chai";
import fc from "fast-check";
import { ConfigError } from "../../components/config/configError";
import { settingsOf } from "../../components/config/settings";
import { configWith, load, problemsOf } from "../support/configs";

describe("reading a configuration", () => {
  it("fills in every default", () => {
    const config = load(configWith());
    expect(config.platform).to.equal("local");
    expect(config.blue).to.include({ replicas: 1 });
    expect(config.rollout).to.deep.equal({ steps: [100], interval: "10s", confirm: "15s", onDrift: "refuse" });
    expect(config.local).to.include({ port: 5004, bluePort: 5005, greenPort: 5006, previewPort: 5007 });
    expect(config.environment).to.deep.equal({});
  });

  it("takes what the engine hands over: text, and structured values as JSON text", () => {
    const raw = configWith();
    const asText = Object.fromEntries(
      Object.entries(raw).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
    );
    expect(load(asText)).to.deep.equal(load(raw));
  });

  const nothing: [name: string, value: unknown][] = [
    ["an empty map", {}],
    ["its JSON text", "{}"],
    ["empty text", ""],
    ["null", null],
    ["undefined", undefined],
  ];
  for (const [name, empty] of nothing) {
    it(`takes ${name} for not configured, as the defaults in Pulumi.yaml are`, () => {
      const config = load({ ...configWith(), green: empty, gate: empty, secrets: empty });
      expect(config).to.deep.equal(load(configWith({ green: undefined })));
    });
  }

  it("keeps an empty map that means something: logErrors with its defaults", () => {
    const config = load(configWith({ gate: { logErrors: {} } }));
    expect(config.gate.logErrors).to.include({ limit: 0, window: "1m" });
  });

  it("takes the types that `pulumi config set` and YAML make of plain values", () => {
    const config = load(
      configWith({
        blue: {
          version: 2,
          command: ["node", "server.js", 8080],
          directory: "app",
          environment: { DEBUG: true, LIMIT: 8 },
        },
        bake: { maxErrorPercent: "0.5", failureLimit: "1" },
        gate: { enabled: "true" },
      }),
    );
    expect(config.blue).to.deep.include({
      version: "2",
      command: ["node", "server.js", "8080"],
      environment: { DEBUG: "true", LIMIT: "8" },
    });
    expect(config.bake).to.include({ maxErrorPercent: 0.5, failureLimit: 1 });
    expect(config.gate.enabled).to.equal(true);
  });

  it("leaves alone what a smoke request sends and compares", () => {
    const smoke = [{ method: "POST", path: "/", body: { n: "1" }, json: [{ pointer: "/n", equals: "1" }] }];
    const [request] = load(configWith({ gate: { smoke } })).gate.smoke;
    expect(request).to.deep.include({ body: { n: "1" }, json: [{ pointer: "/n", equals: "1" }] });
  });

  it("reads its own result as the same again", () => {
    const once = load(configWith({ gate: { logErrors: {}, identity: { header: "x-version" } }, secrets: { A: "s" } }));
    expect(load(once)).to.deep.equal(once);
  });

  it("answers anything at all with a configuration or a ConfigError", () => {
    const part = fc.oneof(fc.jsonValue(), fc.json(), fc.string());
    const keys = [
      "blue",
      "gate",
      "rollout",
      "environment",
      "secrets",
      "bake",
      "local",
      "verify",
      "platform",
      "service",
    ];
    const sections = fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string()), part);
    const deeper = fc.record({
      gate: fc.dictionary(fc.constantFrom("smoke", "identity", "logErrors", "deadline"), part),
      rollout: fc.dictionary(fc.constantFrom("steps", "interval"), part),
      blue: fc.dictionary(fc.constantFrom("environment", "secrets", "command"), part),
    });
    fc.assert(
      fc.property(fc.oneof(sections, deeper), (changes) => {
        try {
          load(configWith(changes));
        } catch (error) {
          expect(error).to.be.instanceOf(ConfigError);
        }
      }),
    );
  });
});

describe("environment variables over the configuration", () => {
  it("override each port of the local platform", () => {
    const environment = { PUBLIC_PORT: "6001", BLUE_PORT: "6002", GREEN_PORT: "6003", PREVIEW_PORT: "6004" };
    const { local } = load(configWith({ local: { port: 7000 } }), { environment });
    expect(local).to.include({ port: 6001, bluePort: 6002, greenPort: 6003, previewPort: 6004 });
  });

  it("count as not set when they are empty", () => {
    expect(load(configWith(), { environment: { PUBLIC_PORT: "" } }).local.port).to.equal(5004);
  });

  for (const value of ["0", "65536", "http", "50.5", "-1"]) {
    it(`are named when they are wrong: ${value}`, () => {
      const found = problemsOf(configWith(), { environment: { GREEN_PORT: value }, prefix: "bluegreen:" });
      expect(found).to.deep.equal([
        `GREEN_PORT (environment): found ${JSON.stringify(value)}; wanted a whole number from 1 to 65535`,
      ]);
    });
  }

  it("are named when they take a port twice", () => {
    const found = problemsOf(configWith(), { environment: { GREEN_PORT: "5007" } });
    expect(found).to.deep.equal([
      "local.previewPort: found 5007 (the default); wanted another port: GREEN_PORT is 5007 already",
    ]);
  });
});

describe("the settings of the dynamic resources", () => {
  it("have every length of time in milliseconds", () => {
    const settings = settingsOf(
      load(configWith({ gate: { logErrors: { window: "2m" } }, bake: { duration: "1.5m" } })),
    );
    expect(settings).to.deep.include({ steps: [100], stepIntervalMs: 10_000, confirmMs: 15_000, drainMs: 30_000 });
    expect(settings).to.deep.include({ rollbackWindowMs: 3_600_000, keep: 50, onDrift: "refuse" });
    expect(settings.verify).to.deep.equal({ path: "/health", consecutive: 20, timeoutMs: 30_000 });
    expect(settings.bake).to.include({ durationMs: 90_000, intervalMs: 5000, maxP95Ms: 500, holdLimitMs: 300_000 });
    expect(settings.gate).to.include({ intervalMs: 1000, timeoutMs: 5000, deadlineMs: 60_000, ttlMs: 600_000 });
    expect(settings.gate.logErrors).to.include({ limit: 0, windowMs: 120_000 });
  });

  it("name a smoke request after what it asks, and send its body as text", () => {
    const smoke = [
      { path: "/shop?page=1", maxLatency: "300ms" },
      { name: "buys", method: "POST", path: "/orders", body: { item: 1 } },
      { method: "PUT", path: "/a", body: "plain", json: [{ pointer: "/ok", equals: null }] },
    ];
    const found = settingsOf(load(configWith({ gate: { smoke } }))).gate.smoke;
    expect(found.map(({ name }) => name)).to.deep.equal(["GET /shop?page=1", "buys", "PUT /a"]);
    expect(found.map(({ body }) => body)).to.deep.equal([undefined, '{"item":1}', "plain"]);
    expect(found[0]).to.include({ maxLatencyMs: 300, status: 200 });
    expect(found[2]?.json).to.deep.equal([{ pointer: "/ok", equals: null }]);
  });

  it("leave out what was not given, since a key that comes and goes would show as a change", () => {
    const { gate } = settingsOf(
      load(configWith({ gate: { smoke: [{ path: "/" }], identity: { header: "x-version" } } })),
    );
    expect(gate).to.not.have.any.keys("logErrors", "maxMemoryMiB", "maxCpuPercent");
    expect(gate.smoke[0]).to.have.all.keys("name", "method", "path", "headers", "status", "json");
    expect(gate.identity).to.deep.equal({ path: "/", header: "x-version" });
  });

  it("are plain JSON", () => {
    const settings = settingsOf(
      load(configWith({ gate: { maxMemoryMiB: 64, smoke: [{ path: "/", contains: "a" }] } })),
    );
    expect(JSON.parse(JSON.stringify(settings))).to.deep.equal(settings);
  });
});
