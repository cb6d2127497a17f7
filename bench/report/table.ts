import Table from "cli-table3";
import type { Outcome } from "../figure";
import { cells, COLUMNS } from "./text";

/** The table of one benchmark with its notes below, for a terminal. */
export function benchmarkTable(title: string, { figures, notes }: Outcome, colour: boolean): string {
  const table = new Table({
    head: COLUMNS,
    colAligns: ["left", "right", "left", "left", "left", "right"],
    style: colour ? { head: ["bold"], border: ["dim"] } : { head: [], border: [] },
  });
  for (const figure of figures) table.push(cells(figure));
  return ["", title, table.toString(), ...notes.map((note) => `  ${note}`)].join("\n");
}
