import { expect } from "chai";
import { EVENTS, endOf, eventsOf, keyOf, type CutoverEvent } from "../../components/notify/event";
import { headline, payloadOf } from "../../components/notify/message";
import { notifySchema, targetsFrom } from "../../components/notify/schema";
import type { CutoverRecord } from "../../components/model/record";
import { COMPLETIONS } from "../../components/model/words";
import { happening } from "../support/happenings";

const event = (changes: Partial<CutoverEvent> = {}): CutoverEvent => ({
  ...happening("stage/BAKE_TIME"),
  sequence: 7,
  ...changes,
});

const promoted = event({
  event: "promoted",
  completion: "Promoted",
  totalMs: 42_000,
  weights: { blue: 0, green: 100 },
});

describe("the message of an event", () => {
  it("in the generic form has every key, and null where it does not apply", () => {
    expect(payloadOf(promoted, "generic")).deep.equal({
      schema: "pulumi-bluegreen.event/1",
      key: "c1/7",
      sequence: 7,
      event: "promoted",
      at: "2026-03-01T12:00:00.000Z",
      service: "shop",
      stack: "test",
      cutover: "c1",
      kind: "switch",
      from: "blue",
      to: "green",
      fromRelease: "1.0.0-aaaaaaaaaaaa",
      toRelease: "1.1.0-bbbbbbbbbbbb",
      who: "tester",
      stage: null,
      verdict: null,
      detail: null,
      weights: { blue: 0, green: 100 },
      completion: "Promoted",
      totalMs: 42_000,
      text: "shop (test): green serves, release 1.1.0-bbbbbbbbbbbb; took 42 s",
    });
    const keys = EVENTS.map((name) => Object.keys(payloadOf(event({ event: name }), "generic")));
    for (const found of keys) expect(found).deep.equal(keys[0]);
  });

  it("for Slack is text with blocks, and nothing in it can become a link or a mention", () => {
    const payload = payloadOf(
      event({ stage: "BAKE_TIME", verdict: "fail", detail: "p95 <!channel> & 600 ms" }),
      "slack",
    );
    expect(payload).deep.equal({
      text: "shop (test): blue → green, BAKE_TIME: fail",
      blocks: [
        {
          type: "section",
          text: {
            type: "mrkdwn",
            text: "*shop (test): blue → green, BAKE_TIME: fail*\np95 &lt;!channel&gt; &amp; 600 ms",
          },
        },
        {
          type: "context",
          elements: [
            {
              type: "mrkdwn",
              text: "Releases: 1.0.0-aaaaaaaaaaaa → 1.1.0-bbbbbbbbbbbb  ·  By: tester  ·  At: 2026-03-01T12:00:00.000Z  ·  Cutover: c1/7",
            },
          ],
        },
      ],
    });
  });

  it("for Teams is an adaptive card whose text is not read as Markdown", () => {
    const payload = payloadOf(event({ event: "breach", stage: "BAKE_TIME", detail: "[x](y)" }), "teams") as {
      type: string;
      attachments: { contentType: string; content: { type: string; version: string; body: object[] } }[];
    };
    expect(payload.type).equal("message");
    const [card] = payload.attachments;
    expect(card?.contentType).equal("application/vnd.microsoft.card.adaptive");
    expect(card?.content).include({ type: "AdaptiveCard", version: "1.2" });
    expect(card?.content.body.slice(0, 2)).deep.equal([
      {
        type: "RichTextBlock",
        inlines: [
          {
            type: "TextRun",
            text: "shop (test): green breached an objective in BAKE_TIME, release 1.1.0-bbbbbbbbbbbb",
            weight: "bolder",
            size: "medium",
            color: "warning",
          },
        ],
      },
      { type: "RichTextBlock", inlines: [{ type: "TextRun", text: "[x](y)" }] },
    ]);
  });

  for (const format of ["slack", "teams"] as const) {
    it(`for ${format} stays within what it takes, however long the detail is`, () => {
      expect(JSON.stringify(payloadOf(event({ detail: "<".repeat(100_000) }), format)).length).below(28_000);
    });
  }

  const headlines: [Partial<CutoverEvent>, string][] = [
    [{ event: "started" }, "shop (test): switch blue → green began, release 1.1.0-bbbbbbbbbbbb"],
    [
      { event: "started", kind: "initial", from: "none" },
      "shop (test): initial green began, release 1.1.0-bbbbbbbbbbbb",
    ],
    [
      { event: "rolledBack", completion: "RolledBack" },
      "shop (test): blue → green was taken back; blue serves, release 1.0.0-aaaaaaaaaaaa",
    ],
    [
      { event: "rolledBack", completion: "FastRolledBack" },
      "shop (test): rolled back to green, release 1.1.0-bbbbbbbbbbbb",
    ],
    [{ event: "aborted" }, "shop (test): blue → green was not done, release 1.1.0-bbbbbbbbbbbb"],
    [{ event: "failed" }, "shop (test): blue → green failed, and so did the way back"],
    [
      { event: "awaitingApproval", stage: "PRE_PRODUCTION_TRAFFIC_SHIFT" },
      "shop (test): blue → green waits for approval at PRE_PRODUCTION_TRAFFIC_SHIFT, release 1.1.0-bbbbbbbbbbbb",
    ],
  ];
  for (const [changes, text] of headlines) {
    it(`says: ${text}`, () => expect(headline(event(changes))).equal(text));
  }
});

describe("the events of a record", () => {
  const record: CutoverRecord = {
    id: "c1",
    service: "shop",
    stack: "test",
    kind: "switch",
    from: "blue",
    to: "green",
    fromRelease: "1",
    toRelease: "2",
    startedAt: "2026-03-01T12:00:00.000Z",
    stages: [
      { stage: "RECONCILE", startedAt: "2026-03-01T12:00:00.000Z", durationMs: 1500, verdict: "pass", detail: "live" },
      {
        stage: "POST_SCALE_UP",
        startedAt: "2026-03-01T12:00:01.500Z",
        durationMs: 500,
        verdict: "fail",
        detail: "down",
      },
    ],
    written: [],
    who: "tester",
  };

  it("are its start, its stages and, once it is closed, its end, each with a name of its own", () => {
    expect(eventsOf(record).map(({ transition, at }) => [transition, at])).deep.equal([
      ["started", "2026-03-01T12:00:00.000Z"],
      ["stage/RECONCILE", "2026-03-01T12:00:01.500Z"],
      ["stage/POST_SCALE_UP", "2026-03-01T12:00:02.000Z"],
    ]);
    const closed = {
      ...record,
      completion: "Aborted",
      endedAt: "2026-03-01T12:00:03.000Z",
      reason: "down",
      totalMs: 3000,
    } as const;
    expect(eventsOf(closed).at(-1)).deep.include({
      transition: "end",
      event: "aborted",
      detail: "down",
      totalMs: 3000,
    });
  });

  it("have an event for each completion", () => {
    expect(COMPLETIONS.map(endOf)).deep.equal([
      "promoted",
      "promoted",
      "aborted",
      "aborted",
      "rolledBack",
      "rolledBack",
      "failed",
    ]);
    expect(keyOf({ cutover: "c1", sequence: 3 })).equal("c1/3");
  });
});

describe("the targets of a configuration", () => {
  it("are told of everything, with 5 s and 3 retries, by default", () => {
    const targets = targetsFrom(notifySchema.parse([{ name: "ops", urlSecret: "opsHook" }]));
    expect(targets).deep.equal([
      { name: "ops", urlSecret: "opsHook", format: "generic", on: [...EVENTS], timeoutMs: 5000, retries: 3 },
    ]);
  });

  const wrong: [string, object[]][] = [
    ["with no address", [{ name: "a" }]],
    ["with two addresses", [{ name: "a", url: "https://x/", urlSecret: "b" }]],
    ["with another protocol", [{ name: "a", url: "file:///etc/passwd" }]],
    ["with an unknown event", [{ name: "a", url: "https://x/", on: ["finished"] }]],
    ["with an unknown form", [{ name: "a", url: "https://x/", format: "irc" }]],
    ["with retries without end", [{ name: "a", url: "https://x/", retries: 1000 }]],
    [
      "of one name",
      [
        { name: "a", url: "https://x/" },
        { name: "a", url: "https://y/" },
      ],
    ],
  ];
  for (const [what, targets] of wrong) {
    it(`are refused ${what}`, () => expect(notifySchema.safeParse(targets).success).equal(false));
  }
});
