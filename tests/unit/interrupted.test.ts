import { expect } from "chai";
import { closedAfterwards, stands, type CutoverRecord } from "../../components/model/record";
import { all } from "../../components/model/words";

const NOW = Date.UTC(2026, 0, 2);

/** A switch to green whose process was killed while blue was drained. */
const killed: CutoverRecord = {
  id: "20260101T000000000Z-000000",
  service: "shop",
  stack: "test",
  kind: "switch",
  from: "blue",
  to: "green",
  fromRelease: "1.0.0-aaaaaaaaaaaa",
  toRelease: "2.0.0-bbbbbbbbbbbb",
  startedAt: "2026-01-01T00:00:00.000Z",
  stages: [
    { stage: "BAKE_TIME", startedAt: "2026-01-01T00:00:00.000Z", durationMs: 1, verdict: "pass", detail: "kept" },
  ],
  written: [all("green")],
  who: "tester",
};

describe("the record of an interrupted cutover", () => {
  it("is closed as Promoted when its switch stands", () => {
    expect(stands(killed, all("green"))).to.equal(true);
    expect(closedAfterwards(killed, all("green"), all("green"), NOW)).to.include({
      completion: "Promoted",
      endedAt: "2026-01-02T00:00:00.000Z",
      reason: "interrupted after BAKE_TIME; then blue 0 % / green 100 % served",
    });
  });

  it("is closed as FastRolledBack when it was a way back that stands", () => {
    const closed = closedAfterwards({ ...killed, kind: "rollback" }, all("green"), all("green"), NOW);
    expect(closed).to.include({ completion: "FastRolledBack" });
  });

  for (const [why, record, live] of [
    ["the route fell back", killed, all("blue")],
    ["the route was left split", { ...killed, written: [{ blue: 50, green: 50 }] }, { blue: 50, green: 50 }],
    ["it never wrote what is live", { ...killed, written: [] }, all("green")],
    ["it was the first deployment, which moves nothing", { ...killed, kind: "initial" }, all("green")],
  ] satisfies [string, CutoverRecord, object][]) {
    it(`is closed as Aborted when ${why}`, () => {
      expect(stands(record, live)).to.equal(false);
      expect(closedAfterwards(record, live, live, NOW)).to.deep.include({ completion: "Aborted", weights: live });
    });
  }

  it("is closed as Aborted, and leaves no weights behind, when somebody else has moved the route since", () => {
    const closed = closedAfterwards(killed, all("green"), undefined, NOW);
    expect(closed.completion).to.equal("Aborted");
    expect(closed).not.to.have.property("weights");
  });

  it("does not stand twice: a closed record is left as it is", () => {
    expect(stands({ ...killed, completion: "Promoted" }, all("green"))).to.equal(false);
  });
});
