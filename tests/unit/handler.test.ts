import { expect } from "chai";
import { asProvider, partialFailure, UNKNOWN, type Handler } from "../../components/resources/handler";

interface Inputs {
  size: number;
  note?: string;
  found?: string;
  nested?: { list: unknown[] };
}
interface Outputs {
  made: number;
}

function provider(changes: Partial<Handler<Inputs, Outputs>> = {}) {
  return asProvider<Inputs, Outputs>({
    ignore: ["note", "found"],
    create: ({ size }) => Promise.resolve({ id: "id", outs: { made: size } }),
    update: ({ size }) => Promise.resolve({ made: size }),
    delete: () => Promise.resolve(),
    ...changes,
  });
}

async function created(inputs: Inputs) {
  return (await provider().create(inputs)).outs as Outputs & { fingerprint: string };
}

describe("a handler as the engine's provider", () => {
  it("keeps a fingerprint among the outputs, and no copy of the inputs", async () => {
    const outs = await created({ size: 3 });
    expect(outs).have.all.keys("made", "fingerprint");
    expect(outs.made).equal(3);
  });

  it("checks although a late input is not known yet, and leaves all to the engine when another is not", async () => {
    const check: Handler<Inputs, Outputs>["check"] = (news) =>
      Promise.resolve({ inputs: { ...news, found: "checked" } });
    const late = provider({ check, late: ["note"] });
    const known = await late.check?.({}, { size: 3, note: UNKNOWN });
    expect(known?.inputs).deep.equal({ size: 3, note: UNKNOWN, found: "checked" });
    const unknown = await late.check?.({}, { size: UNKNOWN as unknown as number });
    expect(unknown?.inputs).deep.equal({ size: UNKNOWN });
  });

  const rows: [string, Inputs, Inputs, boolean][] = [
    ["nothing changed", { size: 3 }, { size: 3 }, false],
    ["an input changed", { size: 3 }, { size: 4 }, true],
    ["an ignored input changed", { size: 3, note: "a" }, { size: 3, note: "b" }, false],
    ["an ignored input came", { size: 3 }, { size: 3, found: "gone" }, false],
    ["a nested input changed", { size: 3, nested: { list: [1] } }, { size: 3, nested: { list: [2] } }, true],
    ["only the order of keys changed", { size: 3, nested: { list: [] } }, { nested: { list: [] }, size: 3 }, false],
    ["only the provider's text changed", { size: 3 }, { size: 3, __provider: "text" } as Inputs, false],
    ["an input is not known yet", { size: 3 }, { size: UNKNOWN as unknown as number }, true],
  ];
  for (const [when, olds, news, changes] of rows) {
    it(`${changes ? "has" : "has no"} work when ${when}`, async () => {
      const diff = await provider().diff?.("id", await created(olds), news);
      expect(diff).deep.equal({ changes });
    });
  }

  it("has work when the handler says that it is due, whatever the inputs", async () => {
    const outs = await created({ size: 3 });
    for (const due of [true, false]) {
      expect(await provider({ due: () => due }).diff?.("id", outs, { size: 3 })).deep.equal({ changes: due });
    }
  });

  it("has work after a failure that left no fingerprint in the state", async () => {
    expect(await provider().diff?.("id", { made: 3 }, { size: 3 })).deep.equal({ changes: true });
  });

  it("adds what check finds, and tells check about the inputs before, if there were any", async () => {
    const seen: unknown[] = [];
    const check: Handler<Inputs, Outputs>["check"] = (news, olds) => {
      seen.push(olds);
      return Promise.resolve({ inputs: { ...news, found: "running" } });
    };
    const checked = await provider({ check }).check?.({}, { size: 3 });
    await provider({ check }).check?.({ size: 2 }, { size: 3 });
    expect(checked).deep.equal({ inputs: { size: 3, found: "running" } });
    expect(seen).deep.equal([undefined, { size: 2 }]);
  });

  it("hands on the reasons of a refusal", async () => {
    const failures = [{ property: "size", reason: "too large" }];
    const check = (inputs: Inputs) => Promise.resolve({ inputs, failures });
    expect(await provider({ check }).check?.({}, { size: 3 })).deep.equal({ inputs: { size: 3 }, failures });
  });

  it("does not check what is not known yet, however deep it lies", async () => {
    const check = () => Promise.reject(new Error("was asked"));
    for (const news of [{ size: UNKNOWN }, { size: 1, nested: { list: [{ deep: UNKNOWN }] } }]) {
      expect(await provider({ check }).check?.({}, news)).deep.equal({ inputs: news });
    }
  });

  it("renews the fingerprint in an update", async () => {
    const updated = await provider().update?.("id", await created({ size: 3 }), { size: 4 });
    expect(updated).deep.equal({ outs: await created({ size: 4 }) });
  });

  it("reads what is there, keeps the fingerprint, and tells when it is gone", async () => {
    const outs = await created({ size: 3 });
    expect(await provider().read?.("id", outs)).deep.equal({ id: "id", props: outs });
    const found = provider({ read: () => Promise.resolve({ made: 2 }) });
    expect(await found.read?.("id", outs)).deep.equal({ id: "id", props: { ...outs, made: 2 } });
    const gone = provider({ read: () => Promise.resolve(undefined) });
    expect(await gone.read?.("id", outs)).deep.equal({ id: "" });
  });
});

describe("a failure after which the state must tell the truth", () => {
  it("carries the id, the outputs and the reason, as the engine wants them", () => {
    const error = partialFailure(new Error("why"), "test/shop", { serves: "green" });
    expect(error).include({ message: "why", id: "test/shop" });
    expect(error).deep.include({ properties: { serves: "green" }, reasons: ["why"] });
  });
});
