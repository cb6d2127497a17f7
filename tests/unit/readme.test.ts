import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { loadConfig } from "../../components/config/load";

describe("the README's examples of config", () => {
  const readme = readFileSync(join(__dirname, "..", "..", "README.md"), "utf8");
  const examples = [...readme.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");
  const service = {
    service: "shop",
    activeSlot: "blue",
    blue: { version: "1.0.0", command: ["node", "a.js"], directory: "a" },
    green: { version: "1.1.0", command: ["node", "a.js"], directory: "b" },
    secrets: { PROMETHEUS_TOKEN: "t", SLACK_WEBHOOK: "https://127.0.0.1/hook" },
  };

  it("are there", () => expect(examples.length).to.be.above(1));

  for (const example of examples) {
    it(`are accepted: ${example.split("\n")[0] ?? ""}`, () => {
      const written = parse(example) as Record<string, unknown>;
      const values = Object.entries(written).map(([key, value]) => [key.replace(/^bluegreen:/, ""), value] as const);
      expect(() => loadConfig({ ...service, ...Object.fromEntries(values) }, { environment: {} })).to.not.throw();
    });
  }
});
