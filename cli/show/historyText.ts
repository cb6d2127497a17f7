import { describeMs } from "../../components/model/clock";
import type { CutoverRecord } from "../../components/model/record";
import type { Colour, Paint } from "./paint";
import { table } from "./table";

const HEAD = ["STARTED", "COMPLETION", "SWITCH", "RELEASES", "TOTAL", "CUTOVER", "REQUESTS", "FAILED", "WHO"];
const LONGEST_REASON = 160;

/** The history for people: a row a cutover, and below it why it ended otherwise than wanted. */
export function historyText(records: readonly CutoverRecord[], paint: Paint): string {
  if (records.length === 0) return "no cutover yet";
  const reasons = records.flatMap((record) =>
    record.reason === undefined ? [] : [`${time(record)}  ${firstLine(record.reason)}`],
  );
  const rows = records.map((record) => row(record, paint));
  return [table(HEAD, rows, paint), ...(reasons.length === 0 ? [] : ["", paint("bold", "REASONS"), ...reasons])].join(
    "\n",
  );
}

function row(record: CutoverRecord, paint: Paint): string[] {
  const ms = (value: number | undefined) => (value === undefined ? "-" : describeMs(value));
  const count = (value: number | undefined) => (value === undefined ? "-" : String(value));
  const before = record.fromRelease === "" ? "none" : record.fromRelease;
  return [
    time(record),
    paint(colourOf(record), record.completion ?? "not ended"),
    `${record.from} -> ${record.to}`,
    `${before} -> ${record.toRelease}`,
    ms(record.totalMs),
    ms(record.cutoverMs),
    count(record.traffic?.requests),
    count(record.traffic?.failed),
    record.who,
  ];
}

function colourOf({ completion }: CutoverRecord): Colour {
  if (completion === "Promoted" || completion === "FastPromoted") return "green";
  return completion === "Failed" ? "red" : "yellow";
}

const time = ({ startedAt }: CutoverRecord) => startedAt.replace(/\.\d+Z$/, "Z");

function firstLine(text: string): string {
  const [line = ""] = text.split("\n");
  return line.length > LONGEST_REASON ? `${line.slice(0, LONGEST_REASON - 1)}…` : line;
}
