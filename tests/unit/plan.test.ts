import { expect } from "chai";
import { all } from "../../components/model/words";
import { asProvider } from "../../components/resources/handler";
import type { PlanInputs, SwitchInputs } from "../../components/resources/inputs";
import { planHandler } from "../../components/resources/plan";
import { firstDeployment, MemoryPlatform, quick } from "../support/memoryPlatform";

describe("the plan of an update", () => {
  let memory: MemoryPlatform;
  beforeEach(() => {
    memory = new MemoryPlatform();
    memory.driver.history = [firstDeployment];
  });
  afterEach(() => memory.dispose());

  const provider = asProvider(planHandler);

  async function check(changes: Partial<SwitchInputs> = {}, olds: Partial<SwitchInputs> = {}) {
    const checked = await (provider.check?.(olds, memory.inputs(changes)) ?? Promise.reject(new Error("no check")));
    return { inputs: checked.inputs as PlanInputs, failures: checked.failures ?? [] };
  }

  it("tells of a switch what it does, from what to what, and how long it takes", async () => {
    const { inputs, failures } = await check();
    expect(failures).deep.equal([]);
    expect(inputs).deep.include({
      transition: "blue->green",
      kind: "switch",
      from: "blue",
      to: "green",
      fromRelease: "1.0.0-aaaaaaaaaaaa",
      toRelease: "1.1.0-bbbbbbbbbbbb",
      liveReleaseChanged: false,
      idleReleaseChanged: false,
      live: "blue 100 % / green 0 %",
      drift: "none",
      liveReplicas: 2,
    });
    expect(inputs.gates[0]).equal("readiness: GET /health on 2 instances, 2 in a row");
    expect(inputs.estimate).match(/^about /);
    expect(inputs).not.have.property("standby");
  });

  it("moves nothing and writes nothing", async () => {
    await check();
    expect(new Set(memory.driver.calls)).deep.equal(new Set(["readRoute", "records", "condition"]));
  });

  it("finds the first deployment when there is no route", async () => {
    memory.driver.route = undefined;
    memory.driver.history = [];
    const { inputs, failures } = await check({ activeSlot: "blue" });
    expect(failures).deep.equal([]);
    expect(inputs).include({ kind: "initial", transition: "none->blue", live: "none", liveReplicas: 0 });
  });

  it("names the standby and the end of its window", async () => {
    memory.driver.move(all("green"));
    const endedAt = new Date(Date.now() - 1000).toISOString();
    const promoted = {
      ...firstDeployment,
      id: "20260102T000000000Z-000000",
      kind: "switch" as const,
      from: "blue" as const,
      to: "green" as const,
      fromRelease: "1.0.0-aaaaaaaaaaaa",
      toRelease: "1.1.0-bbbbbbbbbbbb",
      endedAt,
      written: [all("green")],
      weights: all("green"),
    };
    memory.driver.history = [promoted, firstDeployment];
    const until = new Date(Date.parse(endedAt) + quick().rollbackWindowMs).toISOString();
    const { inputs } = await check({ activeSlot: "blue" });
    expect(inputs.standby).deep.equal({ slot: "blue", release: "1.0.0-aaaaaaaaaaaa", until });
    expect(inputs.kind).equal("rollback");
    const late = await check({ activeSlot: "blue", settings: quick({ rollbackWindowMs: 500 }) });
    expect(late.inputs).include({ kind: "switch" }).and.not.have.property("standby");
  });

  it("tells when traffic was last moved, by whatever ended and be it back again, and not of the first deployment", async () => {
    expect((await check()).inputs).not.have.property("lastSwitchAt");
    const taken = {
      ...firstDeployment,
      kind: "switch" as const,
      from: "blue" as const,
      to: "green" as const,
      completion: "RolledBack" as const,
      endedAt: "2026-01-02T00:00:09.000Z",
      written: [all("green"), all("blue")],
    };
    const stopped = { ...taken, completion: "Aborted" as const, endedAt: "2026-01-03T00:00:00.000Z", written: [] };
    const { completion, endedAt, ...open } = taken;
    expect([completion, endedAt]).not.include(undefined);
    memory.driver.history = [open, stopped, taken, firstDeployment];
    expect((await check()).inputs.lastSwitchAt).equal("2026-01-02T00:00:09.000Z");
  });

  it("names what is looser than in the last update, and nothing when there was none", async () => {
    const settings = quick({ drainMs: 1, verify: { ...quick().verify, consecutive: 1 } });
    expect((await check({ settings })).inputs).not.have.property("loosened");
    expect((await check({ settings }, memory.inputs())).inputs.loosened).deep.equal(["verify.consecutive"]);
    expect((await check({}, memory.inputs({ settings }))).inputs).not.have.property("loosened");
  });

  it("tells it in one line to the person who waits, and is silent when nothing moves", async () => {
    await check();
    await check({ activeSlot: "blue" });
    expect(memory.said.length).equal(1);
    expect(memory.said[0]).contain(
      "shop: switch blue → green, release 1.0.0-aaaaaaaaaaaa → 1.1.0-bbbbbbbbbbbb; live: blue 100 % / green 0 %, steps 100 %; about",
    );
  });

  const toRelease = { id: "9.9.9-cccccccccccc", version: "9.9.9", artefact: "sha256:c", replicas: 2 };
  const refused: [string, () => Partial<SwitchInputs>, RegExp][] = [
    [
      "the live slot's release changes in place",
      () => ({ activeSlot: "blue", releases: { ...memory.inputs().releases, blue: toRelease } }),
      /^blue serves 100 % .* replace it in place with 9\.9\.9-cccccccccccc\. Nothing was touched\./,
    ],
    [
      "both slots change at once",
      () => ({ releases: { blue: toRelease, green: { ...toRelease, id: "9.9.8-dddddddddddd" } } }),
      /^blue serves 100 %/,
    ],
    ["the active slot has no release", () => ({ releases: {} }), /^activeSlot is green, but the config has no release/],
    [
      "the route was moved by somebody else",
      () => {
        memory.driver.move({ blue: 70, green: 30 });
        return {};
      },
      /moved by somebody else: live is blue 70 % \/ green 30 %, the last record says blue 100 % \/ green 0 %\. Nothing was touched\. Set activeSlot to blue/,
    ],
  ];
  for (const [when, change, reason] of refused) {
    it(`refuses, before anything is touched, when ${when}`, async () => {
      const { failures } = await check(change());
      expect(failures[0]?.reason).match(reason);
      expect(failures.map(({ property }) => property)).include("activeSlot");
    });
  }

  it("refuses nothing when a route that somebody else moved is to be adopted, or is what is wanted", async () => {
    memory.driver.move({ blue: 70, green: 30 });
    expect((await check({ settings: quick({ onDrift: "adopt" }) })).failures).deep.equal([]);
    memory.driver.move(all("green"));
    const { inputs, failures } = await check();
    expect(failures).deep.equal([]);
    expect(inputs).include({ kind: "none" });
    expect(inputs.drift).contain("live is blue 0 % / green 100 %");
  });

  it("goes by what an unconfirmed change falls back to", async () => {
    memory.driver.move(all("green"));
    memory.driver.live().transaction = { id: "killed", expiresAt: Date.now() + 60_000, fallback: all("blue") };
    expect((await check()).inputs).include({ kind: "switch", from: "blue", live: "blue 100 % / green 0 %" });
  });

  it("has work for a transition, and none for findings that describe the moment", async () => {
    const { inputs } = await check({ activeSlot: "blue" });
    const outs: unknown = (await provider.create(inputs)).outs;
    const differs = async (news: object) => (await provider.diff?.("id", outs, { ...inputs, ...news }))?.changes;
    expect(await differs({})).equal(false);
    expect(await differs({ drift: "something", liveReplicas: 9, gates: [], estimate: "", settings: {} })).equal(false);
    expect(await differs({ lastSwitchAt: "2026-01-02T00:00:00.000Z", loosened: ["bake.duration"] })).equal(false);
    expect(await differs({ transition: "blue->green" })).equal(true);
    expect(await differs({ activeSlot: "green" })).equal(true);
    expect(await differs({ releases: {} })).equal(true);
  });

  it("throws when the live route cannot be read", async () => {
    memory.driver.fault = (method) => (method === "readRoute" ? "before" : undefined);
    expect(await check().catch((error: unknown) => (error as Error).message)).equal("readRoute failed");
  });
});
