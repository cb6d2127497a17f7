import { allowed, outline, type Outline } from "../../components/config/outline";

const BLOCK = /(?<=<!-- options -->\n)[^]*?(?=<!-- \/options -->)/;

/** A README with the table of options between its two marks made anew. Without the marks it stays as it is. */
export function withOptionsTable(old: string, table: string): string {
  return old.replace(BLOCK, () => `\n${table}\n\n`);
}

/** Every key that holds a value, with what may be written, its default and its meaning. */
export function optionsTable(): string {
  const rows = rowsOf(outline(), "").map((cells) => `| ${cells.map(escape).join(" | ")} |`);
  return ["| key | value | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

type Row = [key: string, value: string, standard: string, meaning: string];

function rowsOf(schema: Outline, path: string): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, part]): Row[] => {
    // Both slots take the same keys.
    if (path === "" && key === "green") return [];
    const name = path === "" && key === "blue" ? "blue, green" : key;
    const here = path === "" ? name : `${path}.${name}`;
    if (part.properties !== undefined) {
      const optional = path !== "" && part.default === undefined ? [row(here, "a map", part)] : [];
      return [...optional, ...rowsOf(part, here === "blue, green" ? "<slot>" : here)];
    }
    if (part.items?.properties !== undefined) return [row(here, "a list", part), ...rowsOf(part.items, `${here}[]`)];
    return [row(here, allowed(part), part, schema.required?.includes(key))];
  });
}

function row(key: string, value: string, schema: Outline, required = false): Row {
  const { default: standard } = schema;
  const shown = standard === undefined ? (required ? "required" : "none") : `\`${JSON.stringify(standard)}\``;
  const plain = typeof standard === "string" && standard !== "" ? `\`${standard}\`` : shown;
  return [`\`${key}\``, value, plain, schema.description ?? ""];
}

function escape(cell: string): string {
  return cell.replaceAll("|", "\\|");
}
