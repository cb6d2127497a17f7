import { expect } from "chai";
import { all } from "../../components/model/words";
import { gateHandler, type GateOutputs, type Proof } from "../../components/resources/gate";
import type { GateInputs } from "../../components/resources/inputs";
import { firstDeployment, impatient, MemoryPlatform, quick } from "../support/memoryPlatform";

describe("Gate", () => {
  let memory: MemoryPlatform;
  beforeEach(() => {
    memory = new MemoryPlatform();
    memory.driver.history = [firstDeployment];
  });
  afterEach(() => memory.dispose());

  const inputs = (changes: Partial<GateInputs> = {}): GateInputs => ({
    ...memory.inputs(),
    transition: "blue->green",
    kind: "switch",
    ...changes,
  });
  const passed = (): GateOutputs => ({
    evidence: {
      slot: "green",
      release: "1.1.0-bbbbbbbbbbbb",
      at: new Date(Date.now() - 1000).toISOString(),
      until: new Date(Date.now() + 600_000).toISOString(),
      verdict: "pass",
    },
    checks: [],
  });

  const none: GateOutputs = { evidence: null, checks: [] };
  const passedBut = (changes: Partial<Proof>): GateOutputs => {
    const { evidence, checks } = passed();
    return { evidence: evidence === null ? null : { ...evidence, ...changes }, checks };
  };

  const rows: [string, () => boolean | undefined, boolean][] = [
    ["a switch has no evidence", () => gateHandler.due?.(inputs(), none), true],
    ["a switch has evidence that counts", () => gateHandler.due?.(inputs(), passed()), false],
    ["the evidence is for another release", () => gateHandler.due?.(inputs(), passedBut({ release: "old" })), true],
    ["the evidence is for the other slot", () => gateHandler.due?.(inputs(), passedBut({ slot: "blue" })), true],
    ["the evidence is too old", () => gateHandler.due?.(inputs(), passedBut({ until: "2026-01-01T00:00:00Z" })), true],
    [
      "the slot has served since the evidence",
      () => gateHandler.due?.(inputs({ voidBefore: new Date().toISOString() }), passed()),
      true,
    ],
    ["nothing switches", () => gateHandler.due?.(inputs({ kind: "none" }), none), false],
    ["it is a way back", () => gateHandler.due?.(inputs({ kind: "rollback" }), none), false],
    ["a split is repaired", () => gateHandler.due?.(inputs({ kind: "repair" }), none), true],
    ["it is the first deployment", () => gateHandler.due?.(inputs({ kind: "initial" }), none), true],
    [
      "the gate is switched off",
      () => {
        const settings = quick({ gate: { ...quick().gate, enabled: false } });
        return gateHandler.due?.(inputs({ settings }), none);
      },
      false,
    ],
  ];
  for (const [when, ask, due] of rows) it(`is ${due ? "" : "not "}due when ${when}`, () => expect(ask()).equal(due));

  it("says in its inputs what the update is about", async () => {
    const checked = await gateHandler.check?.(inputs({ transition: "", kind: "none" }), undefined);
    expect(checked?.inputs).include({ transition: "blue->green", kind: "switch", voidBefore: firstDeployment.endedAt });
  });

  it("gives evidence for the release in the slot that is to serve", async () => {
    const { id, outs } = await gateHandler.create(inputs());
    expect(id).equal("test/shop");
    expect(outs.evidence).include({ slot: "green", release: "1.1.0-bbbbbbbbbbbb", verdict: "pass" });
    expect(outs.checks).include("readiness: 2 of 2 instances ready");
    expect(gateHandler.due?.(inputs(), outs)).equal(false);
  });

  it("fails with what was found, what serves and what to do", async () => {
    memory.driver.slots.green.running = 1;
    const asked = inputs({ settings: impatient() });
    const message = await gateHandler.update(asked, passed(), "id").then(String, String);
    expect(message).contain(
      "green is not ready for traffic: the gate ended with timeout.\nreadiness: 1 of 2 instances ready",
    );
    expect(message).contain("Traffic did not move: blue 100 % / green 0 %, release 1.0.0-aaaaaaaaaaaa serves.");
    expect(message).contain("Fix the release and run `pulumi up` again");
  });

  it("asks for as many instances as the live slot has now", async () => {
    memory.driver.slots.blue.replicas = memory.driver.slots.blue.running = 3;
    const asked = inputs({ settings: impatient() });
    const message = await gateHandler.create(asked).then(String, String);
    expect(message).contain("2 instances exist, 3 are needed");
  });

  it("asks nothing when nothing switches", async () => {
    memory.driver.move(all("green"));
    memory.driver.slots.green.running = 0;
    expect((await gateHandler.create(inputs({ kind: "switch" }))).outs).deep.equal(none);
  });
});
