// Builds the Pulumi CLI from Go modules, for networks that have package registries and nothing else.
import { chmodSync, cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { capture } from "./capture.mjs";

const sources = fileURLToPath(new URL("pulumi-from-modules", import.meta.url));
const scripts = join(sources, "bin");

/** A first build takes a few minutes on two cores; many times that means something is stuck. */
const BUILD_TIMEOUT_MS = 20 * 60_000;

/**
 * Builds the CLI and the language host into `<root>/bin` and puts the scripts that the engine starts beside them.
 * @param {string} root a folder that nobody else uses; the caller renames it once all is there
 * @param {string} version without a leading `v`
 * @throws an error whose message says in one line which step failed and why
 */
export async function buildPulumi(root, version) {
  const toolchain = await capture("go", ["version"], { timeoutMs: 60_000 });
  if (toolchain.reason !== undefined) throw new Error(toolchain.reason);

  const bin = join(root, "bin");
  mkdirSync(bin, { recursive: true });
  await build(root, {
    module: "language-nodejs",
    command: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    linkerFlags: "-s -w",
    output: join(bin, "pulumi-language-nodejs-host"),
  });
  await build(root, {
    module: "cli",
    command: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    linkerFlags: `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`,
    output: join(bin, "pulumi"),
  });
  copyScripts(bin);
}

/** The module is copied first: Go may write into it, and a clone stays as it was. */
async function build(root, { module, command, linkerFlags, output }) {
  const folder = join(root, "src", module);
  cpSync(join(sources, module), folder, { recursive: true });
  const args = ["build", "-buildvcs=false", "-ldflags", linkerFlags, "-o", output, command];
  const env = { ...process.env, GOWORK: "off" };
  const { reason } = await capture("go", args, { cwd: folder, env, timeoutMs: BUILD_TIMEOUT_MS });
  rmSync(join(root, "src"), { recursive: true, force: true });
  if (reason !== undefined) throw new Error(`go build ${command}: ${reason}`);
}

/** Puts the scripts of this version of the project into `bin`; one that is being read keeps its old text. */
export function copyScripts(bin) {
  for (const name of readdirSync(scripts)) {
    const fresh = join(bin, `${name}.${process.pid}`);
    cpSync(join(scripts, name), fresh);
    chmodSync(fresh, 0o755);
    renameSync(fresh, join(bin, name));
  }
}

/** Tells the scripts of one version of the project from those of another. */
export function scriptsHash() {
  const hash = createHash("sha256");
  for (const name of readdirSync(scripts).sort()) hash.update(name).update(readFileSync(join(scripts, name)));
  return hash.digest("hex");
}
