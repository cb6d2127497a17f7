import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { cloneDir, searchPath, type PulumiCommand } from "./pulumiCommand";

/** Turns a folder into a project that runs the clone's program with a state of its own. Returns the project's name. */
export function makeProject(dir: string): string {
  const project = readFileSync(join(cloneDir, "Pulumi.yaml"), "utf8");
  const program = join(cloneDir, "index.ts");
  writeFileSync(join(dir, "Pulumi.yaml"), project);
  writeFileSync(join(dir, "package.json"), JSON.stringify({ name: "scratch", private: true }));
  writeFileSync(join(dir, "index.ts"), `module.exports = require(${JSON.stringify(program)});\n`);
  const modules = join(dir, "node_modules");
  mkdirSync(modules);
  // What is in the state requires `pulumi-bluegreen/runtime` from here, and the language host `tsx` and `@pulumi/pulumi`.
  symlinkSync(cloneDir, join(modules, "pulumi-bluegreen"));
  for (const name of ["@pulumi", "tsx"]) symlinkSync(join(cloneDir, "node_modules", name), join(modules, name));
  mkdirSync(join(dir, "state"));
  return (parse(project) as { name: string }).name;
}

/** The environment for programs that work on it: nothing of the user's own Pulumi, and no port but those of the config. */
export function projectEnvironment(dir: string, cli: PulumiCommand): NodeJS.ProcessEnv {
  const foreign = /^(PULUMI_|(PUBLIC|BLUE|GREEN|PREVIEW)_PORT$)/;
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name))),
    PATH: searchPath(cli.binDir),
    PULUMI_BACKEND_URL: `file://${join(dir, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "",
    PULUMI_HOME: join(dir, "home"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Without it the CLI does not know `--event-log`.
    PULUMI_DEBUG_COMMANDS: "true",
  };
}

/** Copies an application to `app/<version>`, once, and returns that path relative to the project. */
export function makeRelease(dir: string, app: string, version: string, files: Record<string, string>): string {
  const directory = `app/${version}`;
  const folder = join(dir, directory);
  if (!existsSync(folder)) {
    cpSync(app, folder, { recursive: true });
    writeFileSync(join(folder, "VERSION"), `${version}\n`);
  }
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  return directory;
}
