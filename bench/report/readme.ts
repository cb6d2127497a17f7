import { BENCHMARKS } from "../figure";
import { disturbance, verdict, type Results } from "./results";
import { cells, COLUMNS } from "./text";

const START = "<!-- bench -->";
const END = "<!-- /bench -->";

/** The README with the figures of a run between its two marks. @throws when the marks are not there */
export function withFigures(readme: string, results: Results): string {
  const start = readme.indexOf(START);
  const end = readme.indexOf(END, start);
  if (start === -1 || end === -1) throw new Error(`the README has no place for the figures: ${START} and ${END}`);
  return `${readme.slice(0, start + START.length)}\n\n${section(results)}\n\n${readme.slice(end)}`;
}

function section({ machine, at, figures, notes }: Results): string {
  const busy = disturbance(machine);
  const { cpus, model, memoryGiB, node, platform } = machine;
  const rows = [
    COLUMNS,
    COLUMNS.map((_, i) => (i === 1 || i === COLUMNS.length - 1 ? "--:" : "---")),
    ...figures.map((figure) => {
      const [name = "", ...rest] = cells(figure);
      return [`${figure.benchmark}: ${name}`, ...rest].map((cell) => cell.replaceAll("|", "\\|"));
    }),
  ];
  const remarks = BENCHMARKS.flatMap((name) => (notes[name] ?? []).map((note) => `- ${name}: ${note}`));
  return [
    `Measured on ${at.slice(0, 10)} by \`npm run bench\`: ${cpus} cores (${model}), ${memoryGiB} GiB, Node.js ${node}, ${platform}. ` +
      `${verdict(figures)}.${busy === undefined ? "" : ` ${busy}`}`,
    rows.map((row) => `| ${row.join(" | ")} |`).join("\n"),
    remarks.join("\n"),
  ].join("\n\n");
}
