import { expect } from "chai";
import { all } from "../../components/model/words";
import { situation } from "../../components/resources/live";
import { without } from "../support/without";
import { firstDeployment, MemoryPlatform } from "../support/memoryPlatform";

describe("the situation that decisions are made in", () => {
  let memory: MemoryPlatform;
  beforeEach(() => {
    memory = new MemoryPlatform();
    memory.driver.history = [firstDeployment];
  });
  afterEach(() => memory.dispose());

  const now = Date.now();
  const read = (activeSlot: "blue" | "green" = "green") => situation(memory.driver, memory.inputs({ activeSlot }), now);

  it("is what is live, what the slots run and what the history says", async () => {
    const found = await read();
    expect(found.live).deep.equal({
      weights: all("blue"),
      releases: { blue: "1.0.0-aaaaaaaaaaaa", green: "1.1.0-bbbbbbbbbbbb" },
    });
    expect(found).include({ drift: "none", standby: undefined, voidBefore: firstDeployment.endedAt });
    expect(found.transition).include({ kind: "switch", from: "blue" });
  });

  it("knows no release of a slot that runs none", async () => {
    memory.driver.slots.green.release = "";
    expect((await read()).live?.releases).deep.equal({ blue: "1.0.0-aaaaaaaaaaaa" });
  });

  it("takes a route that never had a successful deployment for one that serves nobody", async () => {
    memory.driver.history = [{ ...firstDeployment, completion: "Aborted" }];
    expect(await read("blue")).deep.include({ live: undefined });
    expect((await read("blue")).transition.kind).equal("initial");
  });

  it("counts a route with weight elsewhere as live even before the first success", async () => {
    memory.driver.history = [];
    expect((await read("green")).transition).include({ kind: "switch", from: "blue" });
  });

  it("tells of a route that somebody else moved what is live and what was recorded", async () => {
    memory.driver.move({ blue: 10, green: 90 });
    const { drift } = await read();
    expect(drift).equal("live is blue 10 % / green 90 %, the last record says blue 100 % / green 0 %");
  });

  it("does not take the traces of a killed cutover for somebody else's", async () => {
    const killed = without(firstDeployment, "weights", "completion", "endedAt");
    memory.driver.history = [
      { ...killed, id: "20260202T000000000Z-000000", kind: "switch", written: [{ blue: 50, green: 50 }] },
      firstDeployment,
    ];
    memory.driver.move({ blue: 50, green: 50 });
    expect((await read()).drift).equal("none");
    memory.driver.move({ blue: 51, green: 49 });
    expect((await read()).drift).contain("live is blue 51 %");
  });

  it("cannot be told when the route cannot be read", async () => {
    memory.driver.fault = (method) => (method === "readRoute" ? "before" : undefined);
    expect(await read().catch((error: unknown) => (error as Error).message)).equal("readRoute failed");
  });
});
