import { expect } from "chai";
import { committed, driftFrom, standbyOf, type CutoverRecord } from "../../components/model/record";
import { all } from "../../components/model/words";
import { without } from "../support/without";

const endedAt = "2026-03-01T12:00:00.000Z";

/** A switch from blue (b1) to green (g1) that was promoted, with what a test changes. */
function record(changes: Partial<CutoverRecord> = {}): CutoverRecord {
  return {
    id: "id",
    service: "shop",
    stack: "test",
    kind: "switch",
    from: "blue",
    to: "green",
    fromRelease: "b1",
    toRelease: "g1",
    startedAt: endedAt,
    endedAt,
    stages: [],
    written: [all("green")],
    weights: all("green"),
    completion: "Promoted",
    who: "tester",
    ...changes,
  };
}

const initial = record({
  kind: "initial",
  from: "none",
  to: "blue",
  fromRelease: "",
  toRelease: "b1",
  written: [],
  weights: all("blue"),
});
const back = record({ completion: "RolledBack", written: [all("green"), all("blue")], weights: all("blue") });
const refused = record({ completion: "Aborted", written: [], weights: { blue: 70, green: 30 } });
const running = without(record(), "weights", "completion", "endedAt");
const killedBefore = { ...running, written: [] };
const unread = without(record({ completion: "Failed" }), "weights");

describe("what the history says is live", () => {
  it("is what the newest cutover left that moved the route", () => {
    expect(committed([])).equal(undefined);
    expect(committed([refused, running, back, initial])).deep.equal({ weights: all("blue"), record: back });
    expect(committed([record(), initial])?.weights).deep.equal(all("green"));
    expect(committed([initial])?.weights).deep.equal(all("blue"));
  });

  const split = { blue: 70, green: 30 };
  const rows: [string, CutoverRecord[], CutoverRecord["weights"] & object, boolean][] = [
    ["nothing is recorded", [], split, false],
    ["it is as the newest record says", [record(), initial], all("green"), false],
    ["it is not as the newest record says", [record(), initial], all("blue"), true],
    ["a cutover that only saw it was refused", [refused, initial], split, true],
    ["a running or killed cutover wrote it", [running, initial], all("green"), false],
    ["a running or killed cutover fell back", [running, initial], all("blue"), false],
    ["a killed cutover wrote something else", [running, initial], split, true],
    ["an older one of two killed cutovers wrote it", [killedBefore, running, initial], all("green"), false],
    ["a failed cutover wrote it and could not read it", [unread, initial], all("green"), false],
    ["a failed cutover is older than the record that counts", [initial, unread], all("green"), true],
  ];
  for (const [when, records, live, drift] of rows) {
    it(`${drift ? "differs" : "agrees"} when ${when}`, () => {
      expect(driftFrom(records, live) !== undefined).equal(drift);
    });
  }

  it("tells what it should be", () => expect(driftFrom([record(), initial], split)).deep.equal(all("green")));
});

describe("the standby", () => {
  const blue = { slot: "blue", release: "b1", since: Date.parse(endedAt) };
  const rows: [string, CutoverRecord[], object | undefined][] = [
    ["nothing was promoted", [], undefined],
    ["only the first deployment was", [initial], undefined],
    ["a switch relieved it", [record(), initial], blue],
    ["a failed attempt came after that", [refused, record(), initial], blue],
    ["the history does not reach back to its own switch", [record()], blue],
    [
      "a fast rollback relieved the other slot",
      [record({ kind: "rollback", completion: "FastRolledBack" }), initial],
      undefined,
    ],
    ["a split route was repaired", [record({ kind: "repair" }), initial], undefined],
    [
      "the config agreed to a route that somebody else moved",
      [record({ kind: "repair", written: [] }), initial],
      undefined,
    ],
    [
      "its release had failed its own switch",
      [record(), record({ from: "green", to: "blue", fromRelease: "g0", toRelease: "b1", completion: "Failed" })],
      undefined,
    ],
    ["its release had come by hand", [record(), record({ ...initial, kind: "repair" })], undefined],
    [
      "its release had come back by a rollback",
      [record(), record({ to: "blue", toRelease: "b1", kind: "rollback", completion: "FastRolledBack" })],
      blue,
    ],
  ];
  for (const [when, records, standby] of rows) {
    it(`is ${standby === undefined ? "none" : "the slot before"} when ${when}`, () =>
      expect(standbyOf(records)).deep.equal(standby));
  }
});
