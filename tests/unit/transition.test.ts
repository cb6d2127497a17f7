import { expect } from "chai";
import fc from "fast-check";
import { refusals, transitionOf, type Live, type Standby, type Wanted } from "../../components/model/transition";
import { all, other, SLOTS, type Slot } from "../../components/model/words";

const now = Date.parse("2026-03-01T12:00:00.000Z");
const rules = { rollbackWindowMs: 3_600_000, now };
const live = (weights: Live["weights"], blue?: string, green?: string): Live => ({
  weights,
  releases: { ...(blue === undefined ? {} : { blue }), ...(green === undefined ? {} : { green }) },
});
const wanted = (activeSlot: Slot, blue?: string, green?: string): Wanted => ({
  activeSlot,
  releases: live(all("blue"), blue, green).releases,
});

describe("the transition that an update means", () => {
  const greenStandby: Standby = { slot: "green", release: "g1", since: now - 3_600_000 };
  const rows: {
    when: string;
    live?: Live;
    wanted: Wanted;
    standby?: Standby;
    is: Partial<ReturnType<typeof transitionOf>>;
    refuses?: RegExp[];
  }[] = [
    {
      when: "nothing is live",
      wanted: wanted("blue", "b1"),
      is: { kind: "initial", summary: "none->blue", from: "none", to: "blue", fromRelease: "", toRelease: "b1" },
    },
    {
      when: "nothing is live and the active slot has no release",
      wanted: wanted("green", "b1"),
      is: { kind: "initial", toRelease: "" },
      refuses: [/^activeSlot is green, but the config has no release for it. Set `green`.$/],
    },
    {
      when: "the wanted slot serves already",
      live: live(all("blue"), "b1", "g1"),
      wanted: wanted("blue", "b1", "g1"),
      is: { kind: "none", summary: "none", from: "blue", to: "blue", fromRelease: "b1" },
    },
    {
      when: "the idle slot's release changes",
      live: live(all("blue"), "b1", "g1"),
      wanted: wanted("blue", "b1", "g2"),
      is: { kind: "none", idleReleaseChanged: true, liveReleaseChanged: false },
    },
    {
      when: "the idle slot gets its first release",
      live: live(all("blue"), "b1"),
      wanted: wanted("blue", "b1", "g1"),
      is: { kind: "none", idleReleaseChanged: false },
    },
    {
      when: "the live slot's release changes in place",
      live: live(all("blue"), "b1"),
      wanted: wanted("blue", "b2"),
      is: { kind: "none", liveReleaseChanged: true },
      refuses: [
        /^blue serves 100 % of the traffic with release b1, and this update would replace it in place with b2\./,
      ],
    },
    {
      when: "both slots change at once",
      live: live(all("blue"), "b1", "g1"),
      wanted: wanted("blue", "b2", "g2"),
      is: { kind: "none", liveReleaseChanged: true, idleReleaseChanged: true },
      refuses: [/^blue serves 100 %/],
    },
    {
      when: "activeSlot moves",
      live: live(all("blue"), "b1", "g1"),
      wanted: wanted("green", "b1", "g1"),
      is: { kind: "switch", summary: "blue->green", from: "blue", to: "green", fromRelease: "b1", toRelease: "g1" },
    },
    {
      when: "activeSlot moves and the idle slot gets its release in the same update",
      live: live(all("blue"), "b1", "g1"),
      wanted: wanted("green", "b1", "g2"),
      is: { kind: "switch", toRelease: "g2", idleReleaseChanged: true, liveReleaseChanged: false },
    },
    {
      when: "activeSlot moves while the live slot's release changes",
      live: live(all("blue"), "b1", "g1"),
      wanted: wanted("green", "b2", "g1"),
      is: { kind: "switch", liveReleaseChanged: true },
      refuses: [/^blue serves 100 %.* in place with b2\..*Put the new release in green/],
    },
    {
      when: "activeSlot moves and the live slot is left out of the config",
      live: live(all("blue"), "b1", "g1"),
      wanted: wanted("green", undefined, "g1"),
      is: { kind: "switch", liveReleaseChanged: false },
      refuses: [/^blue serves 100 % of the traffic, and the config no longer has a release for it\. Keep `blue`/],
    },
    {
      when: "activeSlot moves to a slot without a release",
      live: live(all("blue"), "b1"),
      wanted: wanted("green", "b1"),
      is: { kind: "switch" },
      refuses: [/^activeSlot is green, but .* Now: blue 100 % \/ green 0 %\. Set `green`, or keep activeSlot\.$/],
    },
    {
      when: "the standby comes back at the very end of its window",
      live: live(all("blue"), "b1", "g1"),
      wanted: wanted("green", "b1", "g1"),
      standby: greenStandby,
      is: { kind: "rollback", summary: "blue->green" },
    },
    {
      when: "the standby comes back 1 ms too late",
      live: live(all("blue"), "b1", "g1"),
      wanted: wanted("green", "b1", "g1"),
      standby: { ...greenStandby, since: greenStandby.since - 1 },
      is: { kind: "switch" },
    },
    {
      when: "the standby's slot is to get another release",
      live: live(all("blue"), "b1", "g1"),
      wanted: wanted("green", "b1", "g2"),
      standby: greenStandby,
      is: { kind: "switch", idleReleaseChanged: true },
    },
    {
      when: "the standby's slot runs another release now",
      live: live(all("blue"), "b1", "g2"),
      wanted: wanted("green", "b1", "g1"),
      standby: greenStandby,
      is: { kind: "switch" },
    },
    {
      when: "the standby runs nothing any more",
      live: live(all("blue"), "b1"),
      wanted: wanted("green", "b1", "g1"),
      standby: greenStandby,
      is: { kind: "switch" },
    },
    {
      when: "the standby is the other slot",
      live: live(all("green"), "b1", "g1"),
      wanted: wanted("blue", "b1", "g1"),
      standby: greenStandby,
      is: { kind: "switch", from: "green" },
    },
    {
      when: "the route is split and the wanted slot has most",
      live: live({ blue: 40, green: 60 }, "b1", "g1"),
      wanted: wanted("green", "b1", "g1"),
      is: { kind: "repair", from: "blue", to: "green", fromRelease: "b1" },
    },
    {
      when: "the route is split and the wanted slot has less",
      live: live({ blue: 60, green: 40 }, "b1", "g1"),
      wanted: wanted("green", "b1", "g1"),
      is: { kind: "switch", from: "blue", to: "green" },
    },
    {
      when: "the route is split in halves",
      live: live({ blue: 50, green: 50 }, "b1", "g1"),
      wanted: wanted("green", "b1", "g1"),
      is: { kind: "switch", from: "blue" },
    },
    {
      when: "the route is split and the slot with less changes",
      live: live({ blue: 40, green: 60 }, "b1", "g1"),
      wanted: wanted("green", "b2", "g1"),
      is: { kind: "repair", liveReleaseChanged: true, idleReleaseChanged: false },
      refuses: [/^blue serves 40 % of the traffic with release b1/],
    },
    {
      when: "the route is split and both slots change",
      live: live({ blue: 40, green: 60 }, "b1", "g1"),
      wanted: wanted("green", "b2", "g2"),
      is: { kind: "repair", liveReleaseChanged: true },
      refuses: [/^blue serves 40 %/, /^green serves 60 %/],
    },
  ];

  for (const row of rows) {
    it(`${row.is.kind ?? ""}${row.refuses === undefined ? "" : ", refused"}: ${row.when}`, () => {
      expect(transitionOf(row.live, row.wanted, row.standby, rules)).include(row.is);
      const found = refusals(row.live, row.wanted);
      expect(found.length).equal(row.refuses?.length ?? 0);
      for (const [i, pattern] of (row.refuses ?? []).entries()) expect(found[i]).match(pattern);
    });
  }

  const slot = fc.constantFrom(...SLOTS);
  const release = fc.constantFrom(undefined, "r1", "r2");
  const anyLive = fc.option(
    fc
      .record({ blueWeight: fc.nat({ max: 100 }), blue: release, green: release })
      .map(({ blueWeight, blue, green }) => live({ blue: blueWeight, green: 100 - blueWeight }, blue, green)),
    { nil: undefined },
  );
  const anyWanted = fc
    .record({ activeSlot: slot, blue: release, green: release })
    .map(({ activeSlot, blue, green }) => wanted(activeSlot, blue, green));
  const anyStandby = fc.option(
    fc.record({ slot, release: fc.constantFrom("r1", "r2"), since: fc.integer({ min: now - 7_200_000, max: now }) }),
    { nil: undefined },
  );

  it("is `none` exactly when the wanted slot has everything, and never goes from a slot to itself otherwise", () => {
    fc.assert(
      fc.property(anyLive, anyWanted, anyStandby, (is, wish, standby) => {
        const { kind, from, to, summary } = transitionOf(is, wish, standby, rules);
        expect(to).equal(wish.activeSlot);
        expect(kind === "initial").equal(is === undefined);
        expect(kind === "none").equal(is?.weights[to] === 100);
        expect(summary).equal(kind === "none" ? "none" : `${from}->${to}`);
        if (kind !== "initial" && kind !== "none") expect(from).equal(other(to));
      }),
    );
  });

  it("is a rollback only to the unchanged standby inside its window", () => {
    fc.assert(
      fc.property(anyLive, anyWanted, anyStandby, (is, wish, standby) => {
        const { kind, to, toRelease } = transitionOf(is, wish, standby, rules);
        if (kind !== "rollback") return;
        expect(standby).include({ slot: to, release: toRelease });
        expect(is?.releases[to]).equal(toRelease);
        expect(now - (standby?.since ?? 0)).most(rules.rollbackWindowMs);
      }),
    );
  });

  it("refuses whatever would change the release of a slot that has traffic", () => {
    fc.assert(
      fc.property(anyLive, anyWanted, (is, wish) => {
        const { liveReleaseChanged } = transitionOf(is, wish, undefined, rules);
        if (liveReleaseChanged) expect(refusals(is, wish)).not.deep.equal([]);
      }),
    );
  });
});
