import { expect } from "chai";
import { all } from "../../components/model/words";
import { cutoverHandler, type CutoverOutputs } from "../../components/resources/cutover";
import type { CutoverInputs } from "../../components/resources/inputs";
import { firstDeployment, MemoryPlatform, quick } from "../support/memoryPlatform";

describe("Cutover", () => {
  let memory: MemoryPlatform;
  beforeEach(() => {
    memory = new MemoryPlatform();
    memory.driver.history = [firstDeployment];
  });
  afterEach(() => memory.dispose());

  const inputs = (changes: Partial<CutoverInputs> = {}): CutoverInputs => ({
    ...memory.inputs(),
    transition: "blue->green",
    kind: "switch",
    drift: "none",
    ...changes,
  });
  const blueServes = (): CutoverOutputs => ({ target: memory.target, serves: "blue", lastCutover: null });

  const rows: [string, Partial<CutoverInputs>, Partial<CutoverOutputs>, boolean][] = [
    ["a switch is wanted", {}, {}, true],
    ["nothing is", { kind: "none", activeSlot: "blue" }, {}, false],
    ["the state says another slot than is wanted", { kind: "none" }, {}, true],
    ["the wanted slot serves, and the state says so", { kind: "none" }, { serves: "green" }, false],
    [
      "somebody else moved the route to where it is wanted",
      { kind: "none", drift: "live is …" },
      { serves: "green" },
      true,
    ],
  ];
  for (const [when, news, olds, due] of rows) {
    it(`is ${due ? "" : "not "}due when ${when}`, () =>
      expect(cutoverHandler.due?.(inputs(news), { ...blueServes(), ...olds })).equal(due));
  }

  it("says in its inputs what the update is about", async () => {
    const checked = await cutoverHandler.check?.(inputs({ kind: "none", transition: "" }), undefined);
    expect(checked?.inputs).include({ transition: "blue->green", kind: "switch", drift: "none" });
    expect(memory.driver.writes).deep.equal([]);
  });

  it("moves the traffic, and keeps the newest cutover in short", async () => {
    const outs = await cutoverHandler.update(inputs(), blueServes(), "id");
    expect(memory.driver.live().weights).deep.equal(all("green"));
    expect(outs).include({ serves: "green" });
    expect(outs.lastCutover).include({ kind: "switch", from: "blue", to: "green", completion: "Promoted" });
    expect(outs.lastCutover).not.have.property("stages");
  });

  it("moves nothing when the wanted slot serves already, whatever its inputs say", async () => {
    memory.driver.move(all("green"));
    memory.driver.history = [{ ...firstDeployment, weights: all("green") }];
    const outs = await cutoverHandler.update(inputs(), blueServes(), "id");
    expect(outs).include({ serves: "green", lastCutover: null });
    expect(memory.driver.writes).deep.equal([]);
  });

  it("records the config's agreement with a route that somebody else moved, so that the next switch is not refused", async () => {
    memory.driver.move(all("green"));
    const outs = await cutoverHandler.update(inputs({ kind: "none" }), blueServes(), "id");
    expect(outs).include({ serves: "green" });
    expect(memory.driver.writes).deep.equal([]);
    const checked = await cutoverHandler.check?.(inputs({ activeSlot: "blue" }), undefined);
    expect(checked?.inputs).include({ kind: "switch", transition: "green->blue", drift: "none" });
    const back = await cutoverHandler.update(inputs({ activeSlot: "blue" }), outs, "id");
    expect(back).include({ serves: "blue" });
  });

  it("leaves the state as it was when the traffic was taken back", async () => {
    memory.driver.propagationMs = Infinity;
    const settings = quick({ verify: { path: "/", consecutive: 2, timeoutMs: 1 } });
    const error = await cutoverHandler
      .update(inputs({ settings }), blueServes(), "id")
      .catch((e: unknown) => e as Error);
    expect(error).instanceOf(Error).and.not.have.property("properties");
    expect((error as Error).message).contain("was taken back");
    expect(memory.driver.live().weights).deep.equal(all("blue"));
  });

  it("puts the true live route into the state when the way back failed too", async () => {
    memory.driver.onCall = (method) => {
      if (method === "probePublic") memory.driver.slots.blue.running = 0;
    };
    memory.driver.propagationMs = Infinity;
    const settings = quick({ verify: { path: "/", consecutive: 2, timeoutMs: 1 } });
    const error = await cutoverHandler
      .update(inputs({ settings }), blueServes(), "id")
      .catch((e: unknown) => e as Error);
    expect(error).deep.include({ id: "test/shop" });
    expect((error as Error & { properties: CutoverOutputs }).properties).include({ serves: "green" });
    expect((error as Error).message).contain("blue has no running instance, so green serves");
    expect(memory.driver.live().weights).deep.equal(all("green"));
  });

  it("tells in a refresh who serves", async () => {
    memory.driver.move(all("green"));
    expect(await cutoverHandler.read?.(blueServes(), "id")).include({ serves: "green" });
    memory.driver.move({ blue: 50, green: 50 });
    expect(await cutoverHandler.read?.(blueServes(), "id")).include({ serves: "none" });
    memory.driver.route = undefined;
    expect(await cutoverHandler.read?.(blueServes(), "id")).include({ serves: "none" });
  });

  it("moves nothing when it is deleted", async () => {
    await cutoverHandler.delete(blueServes(), "id");
    expect(memory.driver.calls).deep.equal([]);
  });
});
