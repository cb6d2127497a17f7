import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { BlueGreenArgs } from "../../components/config/args";
import { outline } from "../../components/config/outline";
import type { ConfigInput } from "../../components/config/schema";
import { settingsOf } from "../../components/config/settings";
import { generate } from "../../scripts/generate";
import { editorSchema } from "../../scripts/generated/editorSchema";
import { optionsTable, withOptionsTable } from "../../scripts/generated/optionsTable";
import { withProjectConfig } from "../../scripts/generated/projectConfig";
import { load } from "../support/configs";

const root = join(__dirname, "..", "..");

type Plain<T> = Omit<T, "secrets" | "blue" | "green">;

describe("what is generated from the schema", () => {
  it("is fresh; else run `npm run generate`", async () => {
    expect(await generate(root, { check: true })).to.deep.equal([]);
  });

  it("has arguments of the types that the schema reads", () => {
    // Compiled by `npm run check`: the generated interfaces and the schema's own types agree, secrets aside.
    const read = (args: Plain<BlueGreenArgs>): Plain<ConfigInput> => args;
    const slot = (
      args: Omit<NonNullable<BlueGreenArgs["blue"]>, "secrets">,
    ): Omit<NonNullable<ConfigInput["blue"]>, "secrets"> => args;
    expect(
      Object.keys({ ...read({ service: "shop", activeSlot: "blue" }), ...slot({ version: "1" }) }),
    ).to.have.lengthOf(3);
  });

  it("says of each key in Pulumi.yaml what it is, and asks for none by itself", () => {
    const project = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as { config: Record<string, object> };
    expect(Object.keys(project.config)).to.deep.equal(Object.keys(outline().properties ?? {}));
    for (const declared of Object.values(project.config)) {
      const items = "type" in declared && declared.type === "array" ? ["items"] : [];
      expect(declared).to.have.all.keys("type", "description", "default", ...items);
    }
  });

  it("leaves everything else in Pulumi.yaml alone", () => {
    const made = withProjectConfig("# mine\nname: shop # my name\nconfig:\n  ancient: {}\nruntime: nodejs\n");
    expect(made).to.match(/^# mine\nname: shop # my name\nruntime: nodejs\n\n# What a stack/);
    expect(made).to.not.include("ancient");
    expect(withProjectConfig(made)).to.equal(made);
  });

  it("lists each option once in the README, between its marks", () => {
    const made = withOptionsTable("# Title\n\n<!-- options -->\nancient\n<!-- /options -->\n\nEnd\n", "| table |");
    expect(made).to.equal("# Title\n\n<!-- options -->\n\n| table |\n\n<!-- /options -->\n\nEnd\n");
    const keys = optionsTable()
      .split("\n")
      .map((line) => line.split("|")[1]?.trim());
    expect(keys).to.include.members(["`service`", "`<slot>.version`", "`gate.smoke[].json[].pointer`", "`local.port`"]);
    expect(new Set(keys).size).to.equal(keys.length);
  });

  it("tells editors of each key with and without the namespace, and of encrypted values below `secrets` only", () => {
    const { properties, $defs } = editorSchema() as {
      properties: { config: { properties: object } };
      $defs: Record<string, { additionalProperties?: { anyOf?: unknown[] }; properties?: Record<string, unknown> }>;
    };
    expect(properties.config.properties).to.include.all.keys("bluegreen:gate", "gate", "bluegreen:blue", "blue");
    expect($defs.secrets?.additionalProperties?.anyOf).to.deep.include({ $ref: "#/$defs/encrypted" });
    expect(JSON.stringify($defs.environment)).to.not.include("encrypted");
    expect(JSON.stringify($defs.blue?.properties?.secrets)).to.include("encrypted");
  });

  it("lets editors accept what can be used, and mark what cannot", () => {
    const schema = z.fromJSONSchema(JSON.parse(JSON.stringify(editorSchema())) as z.core.JSONSchema.JSONSchema);
    const accepts = (config: Record<string, unknown>) => schema.safeParse({ config }).success;
    const secrets = { TOKEN: { secure: "v1:abc" } };
    expect(accepts({ "bluegreen:service": "shop", activeSlot: "blue", "bluegreen:secrets": secrets })).to.equal(true);
    expect(accepts({ "bluegreen:bake": { maxErrorPercent: "0.5" }, "aws:region": "eu-central-1" })).to.equal(true);
    expect(accepts({ "bluegreen:environment": secrets })).to.equal(false);
    expect(accepts({ "bluegreen:gate": { deadlin: "5s" } })).to.equal(false);
    expect(accepts({ "bluegreen:gate": { deadline: "5" } })).to.equal(false);
    for (const stack of ["dev", "prod"]) {
      const file = parse(readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8")) as {
        config: Record<string, unknown>;
      };
      expect(accepts(file.config), stack).to.equal(true);
    }
  });

  it("describes every key", () => {
    const bare: string[] = [];
    const look = (at: ReturnType<typeof outline>, path: string): void => {
      for (const [key, part] of Object.entries(at.properties ?? {})) {
        if ((part.description ?? "") === "") bare.push(`${path}${key}`);
        look(part, `${path}${key}.`);
        if (part.items !== undefined) look(part.items, `${path}${key}[].`);
      }
    };
    look(outline(), "");
    expect(bare).to.deep.equal([]);
  });
});

describe("the stacks that come with the project", () => {
  for (const stack of ["dev", "prod"]) {
    it(`${stack} is a configuration that can be used`, () => {
      const file = readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8");
      const { config } = parse(file) as { config: Record<string, unknown> };
      const raw = Object.entries(config).map(([key, value]) => [key.replace(/^bluegreen:/, ""), value] as const);
      const loaded = load(Object.fromEntries(raw));
      expect(file.split("\n")[0]).to.equal("# yaml-language-server: $schema=./bluegreen.schema.json");
      expect(loaded).to.include({ service: "hello", activeSlot: "blue" });
      expect(settingsOf(loaded).gate.enabled).to.equal(true);
    });
  }
});
