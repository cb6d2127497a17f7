import { expect } from "chai";
import { switchesSeen, type Answers, type Write } from "../../bench/switch/switchTimes";

describe("the switch benchmark's reading of what clients saw", () => {
  const answers = (...rows: [sentAt: number, at: number, slot: "blue" | "green"][]): Answers => ({
    sentAt: Float64Array.from(rows.map(([sentAt]) => sentAt)),
    at: Float64Array.from(rows.map(([, at]) => at)),
    slot: Uint8Array.from(rows.map(([, , slot]) => (slot === "blue" ? 0 : 1))),
  });
  const toGreen: Write = { to: "green", begunAt: 100, acknowledgedAt: 110 };
  const toBlue: Write = { to: "blue", begunAt: 300, acknowledgedAt: 310 };

  it("counts from the write to the first new and the last old answer", () => {
    const seen = switchesSeen(
      answers([90, 95, "blue"], [99, 104, "blue"], [101, 107, "green"], [98, 112, "blue"], [111, 115, "green"]),
      [toGreen],
    );
    expect(seen).to.deep.equal([{ firstNewMs: 7, lastOldMs: 12, stale: 0 }]);
  });

  it("counts an old slot's answer to a request sent after the write was acknowledged as stale", () => {
    const [seen] = switchesSeen(answers([105, 108, "green"], [109, 130, "blue"], [111, 140, "blue"]), [toGreen]);
    expect(seen).to.deep.equal({ firstNewMs: 8, lastOldMs: 40, stale: 1 });
  });

  it("looks at each switch until the next one", () => {
    const seen = switchesSeen(
      answers([101, 106, "green"], [299, 301, "green"], [302, 309, "blue"], [311, 316, "blue"]),
      [toGreen, toBlue],
    );
    expect(seen).to.deep.equal([
      { firstNewMs: 6, lastOldMs: 0, stale: 0 },
      { firstNewMs: 9, lastOldMs: 1, stale: 0 },
    ]);
  });

  it("does not call an answer stale that the next write may have brought", () => {
    const seen = switchesSeen(answers([101, 106, "green"], [299, 304, "blue"], [302, 309, "blue"]), [toGreen, toBlue]);
    expect(seen.map(({ stale }) => stale)).to.deep.equal([0, 0]);
    expect(seen[1]?.firstNewMs).to.equal(4);
  });

  it("does not take an answer that the new slot owed from an earlier time for the first new one", () => {
    const seen = switchesSeen(answers([90, 305, "blue"], [311, 320, "blue"]), [toGreen, toBlue]);
    expect(seen[1]?.firstNewMs).to.equal(20);
  });

  it("says when no answer of the new slot followed", () => {
    const [seen] = switchesSeen(answers([90, 101, "blue"]), [toGreen]);
    expect(seen).to.deep.equal({ firstNewMs: undefined, lastOldMs: 1, stale: 0 });
  });
});
