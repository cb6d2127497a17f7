import { expect } from "chai";
import { historyText } from "../../cli/show/historyText";
import { colourful, plain } from "../../cli/show/paint";
import { statusText } from "../../cli/show/statusText";
import { collect, type Watched } from "../../cli/verbs/status";
import { settingsOf } from "../../components/config/settings";
import type { CutoverRecord } from "../../components/model/record";
import type { Slot } from "../../components/model/words";
import { configWith, load } from "../support/configs";
import { MemoryClock } from "../support/memoryClock";
import { MemoryDriver } from "../support/memoryDriver";

const ESCAPE = String.fromCharCode(27);

function record(driver: MemoryDriver, changes: Partial<CutoverRecord> = {}): CutoverRecord {
  return {
    id: "20260101-r1",
    service: "shop",
    stack: "dev",
    kind: "switch",
    from: "green",
    to: "blue",
    fromRelease: driver.slots.green.release,
    toRelease: driver.slots.blue.release,
    startedAt: new Date(0).toISOString(),
    endedAt: new Date(3200).toISOString(),
    totalMs: 3200,
    cutoverMs: 180,
    stages: [],
    written: [],
    weights: { blue: 100, green: 0 },
    traffic: { requests: 412, failed: 1 },
    completion: "Promoted",
    who: "ann@build",
    ...changes,
  };
}

describe("status", () => {
  let clock: MemoryClock;
  let driver: MemoryDriver;
  let watched: Watched;

  beforeEach(() => {
    clock = new MemoryClock();
    driver = new MemoryDriver(clock);
    driver.slots.blue.memoryMiB = 40;
    driver.slots.blue.cpuPercent = 3;
    const at = new Date(clock.now()).toISOString();
    driver.history = [record(driver, { startedAt: at, endedAt: at })];
    const slot = (version: string) => ({ version, command: ["x"], directory: ".", replicas: 2 });
    const config = load(configWith({ blue: slot("1.0.0"), green: slot("1.1.0") }));
    const url = (port: number) => `http://127.0.0.1:${port}`;
    watched = {
      stackName: "dev",
      config,
      target: { platform: "local", service: "shop", stack: "dev", settings: {} },
      settings: settingsOf(config),
      addresses: { url: url(5004), previewUrl: url(5007), slots: { blue: url(5005), green: url(5006) } },
      driver,
      planned: (name) =>
        Promise.resolve({ id: driver.slots[name].release, version: "1", artefact: "sha256:0", replicas: 2 }),
    };
  });

  const now = () => collect(watched, clock.now());

  it("says for each slot what role it has and how it does", async () => {
    const { slots, route, standby, healthy, recommendations } = await now();
    expect(route).to.deep.include({ state: "live", serving: "blue", weights: { blue: 100, green: 0 } });
    expect(slots.blue).to.deep.include({
      role: "active",
      configured: "1.0.0",
      release: "1.0.0-aaaaaaaaaaaa",
      running: 2,
      wanted: 2,
      restarts: 0,
      memoryMiB: 80,
      cpuPercent: 6,
      failed: 0,
      problems: [],
    });
    expect(slots.green).to.deep.include({ role: "standby", memoryMiB: null, cpuPercent: null });
    expect(standby).to.include({ slot: "green", release: "1.1.0-bbbbbbbbbbbb", leftMs: 3_600_000 });
    expect(recommendations).to.deep.equal([]);
    expect(healthy).to.equal(true);
  });

  it("tells the same to programs as JSON", async () => {
    const status = await now();
    const read = JSON.parse(JSON.stringify(status)) as Record<string, unknown>;
    expect(read).to.deep.equal(status);
    expect(Object.keys(read)).to.have.members(
      ["service", "stack", "platform", "url", "previewUrl", "activeSlot", "route", "slots", "pending", "drift"].concat([
        "lastCutover",
        "running",
        "historyProblem",
        "standby",
        "recommendations",
        "healthy",
      ]),
    );
  });

  it("calls the other slot idle once the standby's window is over", async () => {
    const { slots, standby } = await collect(watched, clock.now() + 3_600_001);
    expect(slots.green.role).to.equal("idle");
    expect(standby?.leftMs).to.equal(0);
  });

  it("shows restarts and what is wrong with each instance", async () => {
    Object.assign(driver.slots.blue, { restarts: 4, running: 1 });
    const { slots, recommendations } = await now();
    expect(slots.blue).to.deep.include({ running: 1, restarts: 8, problems: ["shop-blue-1: exited with code 1"] });
    expect(recommendations[0]?.action).to.match(/bluegreen rollback/);
  });

  it("works when the route's carrier is down", async () => {
    driver.fault = (method) => (method === "traffic" ? "before" : undefined);
    const { route, slots, healthy } = await now();
    expect(route).to.deep.include({ state: "down", serving: "blue", problem: "traffic failed" });
    expect(slots.blue).to.include({ role: "active", running: 2, requests: null, failed: null });
    expect(healthy).to.equal(false);
  });

  it("works when nothing can be read at all", async () => {
    driver.fault = () => "before";
    watched.planned = () => Promise.reject(new Error("the folder is gone"));
    const status = await now();
    expect(status.route).to.deep.equal({ state: "unreadable", problem: "readRoute failed" });
    expect(status.slots.green).to.deep.include({ release: "", wantedRelease: null, problems: ["condition failed"] });
    expect(status).to.deep.include({ pending: null, drift: null, historyProblem: "records failed", healthy: false });
    expect(statusText(status, plain)).to.match(/route unreadable/);
  });

  it("says what the next update would do, and whether the route has drifted", async () => {
    watched.config = { ...watched.config, activeSlot: "green" };
    expect(await now()).to.deep.include({ pending: "rollback", drift: null });
    driver.move({ blue: 40, green: 60 });
    expect((await now()).drift).to.match(/live is blue 40 % \/ green 60 %, the last record says blue 100 %/);
  });

  it("is a table for people, a line for each slot", async () => {
    const lines = statusText(await now(), plain).split("\n");
    expect(lines[0]).to.equal("shop (stack dev, local)  public http://127.0.0.1:5004  preview http://127.0.0.1:5007");
    expect(lines[1]).to.match(/^route blue 100 % \/ green 0 % \(live, revision \d+\) {2}activeSlot blue {2}no drift$/);
    const row = (slot: Slot) => lines.find((line) => line.startsWith(`${slot} `))?.split(/ {2,}/);
    expect(row("blue")?.slice(0, 7)).to.deep.equal([
      "blue",
      "active",
      "1.0.0-aaaaaaaaaaaa",
      "2/2",
      "0",
      "80 MiB",
      "6 %",
    ]);
    expect(row("green")?.slice(0, 7)).to.deep.equal(["green", "standby", "1.1.0-bbbbbbbbbbbb", "2/2", "0", "-", "-"]);
    expect(lines).to.include("nothing to do");
    expect(lines.join("")).not.to.contain(ESCAPE);
    expect(statusText(await now(), colourful)).to.contain(ESCAPE);
  });

  it("shows a cutover that is running, and how to answer it while it waits for approval", async () => {
    expect((await now()).running).to.equal(null);
    const at = (ms: number) => new Date(clock.now() + ms).toISOString();
    const ended = { startedAt: at(0), durationMs: 5, verdict: "pass", detail: "" } as const;
    const stages = [{ stage: "POST_TEST_TRAFFIC_SHIFT", ...ended } as const];
    const open = record(driver, { id: "20260102-r2", from: "blue", to: "green", startedAt: at(0), stages });
    delete open.completion;
    driver.history = [open, ...driver.history];
    expect((await now()).running).to.deep.include({ at: "PRE_PRODUCTION_TRAFFIC_SHIFT", approval: null });
    expect(statusText(await now(), plain)).to.contain(
      `cutover 20260102-r2 is running since ${at(0)}, at stage PRE_PRODUCTION_TRAFFIC_SHIFT`,
    );

    watched.settings = settingsOf({ ...watched.config, approval: { ...watched.config.approval, required: true } });
    const { running, recommendations } = await now();
    const until = at(3_600_005);
    expect(running?.approval).to.deep.equal({ stage: "PRE_PRODUCTION_TRAFFIC_SHIFT", until });
    expect(recommendations.map(({ problem }) => problem)).to.satisfy((all: string[]) =>
      all.some((problem) => problem.includes("waits for approval")),
    );
    const text = statusText(await now(), plain);
    expect(text).to.contain("\n  bluegreen approve 20260102-r2\n  bluegreen reject 20260102-r2\n");

    driver.decided.push({ action: "approve", by: "ann@desk", at: at(6) });
    expect((await now()).running?.approval).to.equal(null);
  });

  it("never shows a secret of the config", async () => {
    const blue = {
      ...watched.config.blue,
      version: "1.0.0",
      replicas: 2,
      environment: {},
      secrets: { TOKEN: "hush-hush" },
    };
    watched.config = { ...watched.config, secrets: { KEY: "hush-hush" }, blue };
    const status = await now();
    expect(JSON.stringify(status) + statusText(status, plain)).not.to.contain("hush-hush");
  });

  it("has a history that is a row for each cutover, and the reasons below", () => {
    const open = record(driver);
    delete open.completion;
    delete open.totalMs;
    const back = record(driver, { completion: "RolledBack", reason: "BAKE_TIME: p95 900 ms\nmore" });
    const text = historyText([open, back, record(driver)], plain).split("\n");
    expect(text[0]?.split(/ {2,}/)).to.deep.equal([
      "STARTED",
      "COMPLETION",
      "SWITCH",
      "RELEASES",
      "TOTAL",
      "CUTOVER",
      "REQUESTS",
      "FAILED",
      "WHO",
    ]);
    expect(text[1]).to.match(/not ended +green -> blue .* - +180 ms/);
    expect(text[3]?.split(/ {2,}/)).to.deep.equal([
      "1970-01-01T00:00:00Z",
      "Promoted",
      "green -> blue",
      "1.1.0-bbbbbbbbbbbb -> 1.0.0-aaaaaaaaaaaa",
      "3.2 s",
      "180 ms",
      "412",
      "1",
      "ann@build",
    ]);
    expect(text.at(-1)).to.equal("1970-01-01T00:00:00Z  BAKE_TIME: p95 900 ms");
    expect(historyText([], plain)).to.equal("no cutover yet");
  });
});
