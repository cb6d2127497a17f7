import { describeMs } from "../model/clock";
import { describeWeights } from "../model/words";
import { keyOf, type CutoverEvent } from "./event";
import type { Format } from "./schema";

/** A detail may hold a command's output. Slack takes 3000 characters in a block, Teams 28 KB in a message. */
const LONGEST_DETAIL = 1500;

/** The body to post for an event, in the form that its receiver reads. */
export function payloadOf(event: CutoverEvent, format: Format): object {
  switch (format) {
    case "generic":
      return generic(event);
    case "slack":
      return slack(event);
    case "teams":
      return teams(event);
  }
}

/** The event in one line: `shop (prod): green serves, release 1.5.0; took 42 s`. */
export function headline(event: CutoverEvent): string {
  const { service, stack, from, to, toRelease, fromRelease } = event;
  const subject = `${service} (${stack})`;
  const move = `${from === "none" ? "" : `${from} → `}${to}`;
  const took = event.totalMs === undefined ? "" : `; took ${describeMs(event.totalMs)}`;
  switch (event.event) {
    case "started":
      return `${subject}: ${event.kind} ${move} began, release ${toRelease}`;
    case "stage":
      return `${subject}: ${move}, ${event.stage ?? "stage"}: ${event.verdict ?? "ended"}`;
    case "awaitingApproval":
      return `${subject}: ${move} waits for approval at ${event.stage ?? "a stage"}, release ${toRelease}`;
    case "breach":
      return `${subject}: ${to} breached an objective in ${event.stage ?? "a stage"}, release ${toRelease}`;
    case "promoted":
      return `${subject}: ${to} serves, release ${toRelease}${took}`;
    case "rolledBack":
      return event.completion === "FastRolledBack"
        ? `${subject}: rolled back to ${to}, release ${toRelease}${took}`
        : `${subject}: ${move} was taken back; ${from} serves, release ${fromRelease}${took}`;
    case "aborted":
      return `${subject}: ${move} was not done, release ${toRelease}${took}`;
    case "failed":
      return `${subject}: ${move} failed, and so did the way back${took}`;
  }
}

/** Stable: every key is always there, and null when it does not apply. New keys may be added. */
function generic(event: CutoverEvent): object {
  return {
    schema: "pulumi-bluegreen.event/1",
    key: keyOf(event),
    sequence: event.sequence,
    event: event.event,
    at: event.at,
    service: event.service,
    stack: event.stack,
    cutover: event.cutover,
    kind: event.kind,
    from: event.from,
    to: event.to,
    fromRelease: event.fromRelease,
    toRelease: event.toRelease,
    who: event.who,
    stage: event.stage ?? null,
    verdict: event.verdict ?? null,
    detail: event.detail ?? null,
    weights: event.weights ?? null,
    completion: event.completion ?? null,
    totalMs: event.totalMs ?? null,
    text: headline(event),
  };
}

function slack(event: CutoverEvent): object {
  const detail = detailOf(event);
  const lines = [`*${escaped(headline(event))}*`, ...(detail === undefined ? [] : [escaped(detail)])];
  const facts = factsOf(event).map(([name, value]) => `${name}: ${escaped(value)}`);
  return {
    text: escaped(headline(event)),
    blocks: [
      { type: "section", text: { type: "mrkdwn", text: lines.join("\n").slice(0, 3000) } },
      { type: "context", elements: [{ type: "mrkdwn", text: facts.join("  ·  ").slice(0, 2000) }] },
    ],
  };
}

/** Slack reads these three as the beginnings of links, mentions and entities. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Text goes into runs, which unlike text blocks are not read as Markdown. */
function teams(event: CutoverEvent): object {
  const detail = detailOf(event);
  const plain = (text: string, more: object = {}) => ({
    type: "RichTextBlock",
    inlines: [{ type: "TextRun", text, ...more }],
  });
  return {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.2",
          fallbackText: headline(event),
          body: [
            plain(headline(event), { weight: "bolder", size: "medium", color: colourOf(event) }),
            ...(detail === undefined ? [] : [plain(detail)]),
            { type: "FactSet", facts: factsOf(event).map(([title, value]) => ({ title, value })) },
          ],
        },
      },
    ],
  };
}

function colourOf({ event, verdict }: CutoverEvent): "good" | "attention" | "warning" | "default" {
  if (event === "promoted") return "good";
  if (event === "failed" || event === "aborted") return "attention";
  if (event === "rolledBack" || event === "breach" || event === "awaitingApproval") return "warning";
  return verdict === undefined || verdict === "pass" ? "default" : "attention";
}

function factsOf(event: CutoverEvent): [string, string][] {
  const releases = event.fromRelease === "" ? event.toRelease : `${event.fromRelease} → ${event.toRelease}`;
  return [
    ["Releases", releases],
    ...(event.weights === undefined ? [] : ([["Route", describeWeights(event.weights)]] as [string, string][])),
    ["By", event.who],
    ["At", event.at],
    ["Cutover", keyOf(event)],
  ];
}

function detailOf({ detail }: CutoverEvent): string | undefined {
  if (detail === undefined || detail === "") return undefined;
  return detail.length > LONGEST_DETAIL ? `${detail.slice(0, LONGEST_DETAIL)}…` : detail;
}
