/**
 * Compiles core/crossbar/kernels/assembly/index.ts to WebAssembly and writes the bytes, as base64, into
 * core/crossbar/kernels/generated/kernelBytes.ts: a TypeScript module, because core has neither a file system nor fetch.
 * One source, three variants: `simd` (own memory), `threads` (shared memory), `relaxed` (shared memory, fused multiply-add).
 * Skipped when the sources, this script and the compiler are those of the bytes that are there.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const kernels = fileURLToPath(new URL("../core/crossbar/kernels/", import.meta.url));
const target = join(kernels, "generated", "kernelBytes.ts");

// 65536 pages = 4 GiB, the most that 32-bit addresses reach. Memory is imported, so that it may be shared with workers.
const common = ["index.ts", "--outFile", "kernels.wasm", "-O3", "--noAssert", "--runtime", "stub", "--importMemory"];
const limits = ["--initialMemory", "16", "--maximumMemory", "65536", "--memoryBase", "1024"];
const variants = {
  simd: ["--enable", "simd"],
  threads: ["--enable", "simd", "--enable", "threads", "--sharedMemory"],
  relaxed: ["--enable", "simd", "--enable", "threads", "--sharedMemory", "--enable", "relaxed-simd"],
};

const sources = Object.fromEntries(
  readdirSync(join(kernels, "assembly"))
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name) => [name, readFileSync(join(kernels, "assembly", name), "utf8")]),
);
const hash = hashInputs();
if (readStampedHash() !== hash) await build();

async function build() {
  const { default: asc } = await import("assemblyscript/asc");
  const encoded = [];
  for (const [name, options] of Object.entries(variants)) {
    const bytes = await compile(asc, [...common, ...limits, ...options]);
    encoded.push(`  ${name}:\n    "${Buffer.from(bytes).toString("base64")}",`);
  }
  mkdirSync(join(kernels, "generated"), { recursive: true });
  // whole or not there: two builds may run at once
  const partial = `${target}.${process.pid}`;
  writeFileSync(
    partial,
    `// Written by scripts/buildKernels.mjs from kernels/assembly, sha256 ${hash}. Do not edit.\n` +
      `export const KERNEL_BYTES = {\n${encoded.join("\n")}\n} as const;\n`,
  );
  renameSync(partial, target);
}

async function compile(asc, options) {
  let bytes;
  const { error, stderr } = await asc.main(options, {
    readFile: (name) => sources[name.replace(/^\.\//, "")] ?? null,
    writeFile: (name, contents) => {
      if (name.endsWith(".wasm")) bytes = contents;
    },
    listFiles: () => [],
  });
  const messages = stderr.toString();
  if (error || !bytes) {
    process.stderr.write(messages);
    throw new Error(`The kernels do not compile with ${options.join(" ")}`);
  }
  return bytes;
}

function hashInputs() {
  const { version } = JSON.parse(
    readFileSync(new URL("../node_modules/assemblyscript/package.json", import.meta.url), "utf8"),
  );
  const digest = createHash("sha256")
    .update(version)
    .update(readFileSync(fileURLToPath(import.meta.url)));
  for (const [name, text] of Object.entries(sources)) digest.update(`\n${name}\n`).update(text);
  return digest.digest("hex");
}

function readStampedHash() {
  try {
    return /sha256 ([0-9a-f]{64})/.exec(readFileSync(target, "utf8"))?.[1];
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}
