// `npm run generate` writes everything that is derived from the schema of the configuration; `--check` writes nothing and
// fails when something is stale.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argsSource } from "./generated/argsSource";
import { editorSchema } from "./generated/editorSchema";
import { optionsTable, withOptionsTable } from "./generated/optionsTable";
import { withProjectConfig } from "./generated/projectConfig";

interface Product {
  file: string;
  /** The file's new text, given its old one. */
  text: (old: string, format: Format) => string | Promise<string>;
  /** Not made from nothing: a part of it is replaced. */
  partOnly?: boolean;
}

/** Lays text out the way the project does. */
type Format = (text: string, parser: "typescript" | "yaml" | "markdown") => Promise<string>;

const PRODUCTS: Product[] = [
  { file: "bluegreen.schema.json", text: () => `${JSON.stringify(editorSchema(), null, 2)}\n` },
  { file: "components/config/args.ts", text: (_, format) => format(argsSource(), "typescript") },
  { file: "Pulumi.yaml", text: (old, format) => format(withProjectConfig(old), "yaml"), partOnly: true },
  {
    file: "README.md",
    text: async (old, format) => withOptionsTable(old, (await format(optionsTable(), "markdown")).trimEnd()),
    partOnly: true,
  },
];

/**
 * Brings the derived files up to date, or, with `check`, only looks at them.
 * @returns the files that were stale
 */
export async function generate(root: string, options: { check: boolean }): Promise<string[]> {
  // Prettier's types are those of a module that CommonJS can only import this way.
  const prettier = await import("prettier");
  const stale: string[] = [];
  for (const { file, text, partOnly } of PRODUCTS) {
    const path = join(root, file);
    if (partOnly === true && !existsSync(path)) continue;
    const old = existsSync(path) ? readFileSync(path, "utf8") : "";
    const style = await prettier.resolveConfig(path);
    const wanted = await text(old, (made, parser) => prettier.format(made, { ...style, parser }));
    if (wanted === old) continue;
    stale.push(file);
    if (!options.check) writeFileSync(path, wanted);
  }
  return stale;
}

async function main(): Promise<void> {
  const check = process.argv.includes("--check");
  const stale = await generate(join(__dirname, ".."), { check });
  const verb = check ? "is stale: run `npm run generate`" : "written";
  for (const file of stale) console.log(`${file}: ${verb}`);
  if (stale.length === 0) console.log("Everything that is generated is fresh.");
  if (check && stale.length > 0) process.exitCode = 1;
}

if (require.main === module) void main();
