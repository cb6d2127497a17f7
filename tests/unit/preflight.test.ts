import { expect } from "chai";
import type { CutoverRecord } from "../../components/model/record";
import { all } from "../../components/model/words";
import { asProvider } from "../../components/resources/handler";
import type { PlanInputs } from "../../components/resources/inputs";
import { planHandler } from "../../components/resources/plan";
import { firstDeployment, impatient, MemoryPlatform, quick } from "../support/memoryPlatform";

describe("the plan of a switch", () => {
  let memory: MemoryPlatform;
  beforeEach(() => {
    memory = new MemoryPlatform();
    memory.driver.history = [firstDeployment];
  });
  afterEach(() => memory.dispose());

  const provider = asProvider(planHandler);

  async function check(changes: object) {
    const checked = await (provider.check?.({}, { ...memory.inputs(), ...changes }) ??
      Promise.reject(new Error("no check")));
    return { inputs: checked.inputs as PlanInputs, failures: checked.failures ?? [] };
  }

  it("asks the slot in a preview what would stop it, and moves nothing", async () => {
    const { inputs, failures } = await check({ preview: true });
    expect(failures).deep.equal([]);
    expect(inputs.preflight).deep.equal(["nothing would stop it now (4 checks passed)"]);
    expect(memory.driver.calls).to.not.include.members(["writeRoute"]);
  });

  it("says in a preview what would stop it, and fails no preview by it", async () => {
    memory.driver.slots.green.running = 0;
    const { inputs, failures } = await check({ preview: true, settings: impatient() });
    expect(failures).deep.equal([]);
    expect(inputs.preflight?.[0]).match(/^would stop it now: readiness: /);
  });

  it("does not ask a slot that does not run the release yet", async () => {
    memory.driver.slots.green.release = "0.9.0-cccccccccccc";
    const { inputs } = await check({ preview: true });
    expect(inputs.preflight?.[0]).match(/does not run .* yet/);
  });

  it("asks nothing in an update, which has its own gate", async () => {
    expect((await check({})).inputs).not.have.property("preflight");
  });

  it("refuses to go back past a contract step of a migration, unless the config allows it", async () => {
    memory.driver.move(all("green"));
    const hook = { stage: "CLEAN_UP" as const, startedAt: "", verdict: "pass" as const, detail: "", durationMs: 1 };
    const promoted: CutoverRecord = {
      ...firstDeployment,
      id: "20260102T000000000Z-000000",
      kind: "switch",
      from: "blue",
      to: "green",
      fromRelease: "1.0.0-aaaaaaaaaaaa",
      toRelease: "1.1.0-bbbbbbbbbbbb",
      endedAt: new Date(Date.now() - 1000).toISOString(),
      written: [all("green")],
      weights: all("green"),
      hooks: [{ ...hook, name: "drop", attempts: 1, migration: { class: "contract", id: "drop-email" } }],
    };
    memory.driver.history = [promoted, firstDeployment];
    const refused = await check({ activeSlot: "blue" });
    expect(refused.failures[0]?.reason).match(/drop-email[\s\S]*rollback\.pastContract/);
    const allowed = await check({ activeSlot: "blue", settings: quick({ pastContract: true }) });
    expect(allowed.failures).deep.equal([]);
  });
});
