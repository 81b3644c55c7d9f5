// Bundles both views into ../build, a file each, named by a digest of its content so that a browser may keep it for good.
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "build");

mkdirSync(out, { recursive: true });
for (const name of readdirSync(out)) rmSync(join(out, name), { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: { links: "src/links/index.js", whole: "src/whole/index.js" },
  outdir: out,
  entryNames: "[name]-[hash]",
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "inline",
  loader: { ".css": "text" },
  logLevel: "warning",
});
